/**
 * Samples of use: that the app was opened, what was read, how fast news came. Without anybody's name, never to others,
 * kept while there is no network, and not at all where the reader or the browser says so (docs/operation.md).
 */

import { newKey } from "@/api/client";
import type { Change } from "@/sync";

import { recall, recallThing, remember, rememberThing } from "./memory";
import { sync } from "./store";

interface Sample {
  id: string;
  at: string;
  kind: "open" | "read" | "push_opened" | "arrived";
  article?: string;
  seconds?: number;
  complete?: boolean;
  ms?: number;
}

interface Reading {
  article: string;
  el: Element;
  seconds: number;
  since: number;
  complete: boolean;
}

const BASE = "/api/v1/usage";
const OFF = "ronghui.usage.off";
const INSTALLATION = "ronghui.usage.id";
const QUEUE = "ronghui.usage.queue";
const ARRIVALS = "ronghui.usage.arrivals";
const MOST_KEPT = 300;
const MOST_SENT = 100;
const TOO_OLD_MS = 8 * 86_400_000;
const SEND_EVERY_MS = 60_000;
/** Who comes back after this long opens the app anew. */
const AWAY_MS = 30 * 60_000;
/** Who leaves before this has not read. */
const GLANCE_S = 3;
const LONGEST_READ_S = 14_400;
const LONGEST_WAY_MS = 600_000;
/** A few arrivals a day say as much as all. */
const ARRIVALS_A_DAY = 20;
/** So near the end of a text counts as the end. */
const END_PX = 80;

/** The server's clock less ours, once it is known. */
let ahead: number | undefined;
let sending = false;
/** Not before then. */
let resting = 0;
let awaySince = 0;
let liveSince = Infinity;
let reading: Reading | null = null;

/** Whether the browser asks everybody not to follow its reader. */
export function isForbidden(): boolean {
  const asked = navigator as Navigator & { globalPrivacyControl?: boolean; doNotTrack?: string | null };
  return Boolean(asked.globalPrivacyControl) || asked.doNotTrack === "1";
}

/** Whether samples are taken and sent. A page that cannot remember its number would be a new phone each time. */
export function isOn(): boolean {
  return !isForbidden() && recall(OFF) !== "1" && installation() !== null;
}

/** The number that this page has made for itself. The server does not keep it. */
function installation(): string | null {
  const known = recall(INSTALLATION);
  if (known) return known;
  remember(INSTALLATION, newKey());
  return recall(INSTALLATION);
}

/** Turn the statistics on or off; off forgets what is kept here and on the server. */
export async function setOn(on: boolean): Promise<void> {
  remember(OFF, on ? null : "1");
  if (on) return note("open");
  const id = recall(INSTALLATION);
  remember(QUEUE, null);
  remember(INSTALLATION, null);
  if (id) await fetch(`${BASE}/${id}`, { method: "DELETE", credentials: "omit" });
}

function queue(): Sample[] {
  const kept = recallThing<unknown>(QUEUE, []);
  return Array.isArray(kept) ? (kept as Sample[]).filter(({ at }) => Date.parse(at) > serverNow() - TOO_OLD_MS) : [];
}

function serverNow(): number {
  return Date.now() + (ahead ?? 0);
}

function note(kind: Sample["kind"], more: Partial<Sample> = {}): void {
  if (!isOn()) return;
  const sample = { id: newKey(), at: new Date(serverNow()).toISOString(), kind, ...more };
  rememberThing(QUEUE, [...queue(), sample].slice(-MOST_KEPT));
}

/** Send what is kept. Not by the API client: our token has no business with it. */
async function send(leaving = false): Promise<void> {
  const batch = isOn() ? queue().slice(0, MOST_SENT) : [];
  if (!batch.length || sending || Date.now() < resting) return;
  sending = true;
  const begun = Date.now();
  try {
    const answer = await fetch(BASE, {
      method: "POST",
      credentials: "omit",
      // When the page is being left, an answer may never be seen.
      keepalive: leaving,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ installation: installation(), samples: batch }),
    });
    if (answer.ok) ahead = Date.parse(((await answer.json()) as { now: string }).now) - (begun + Date.now()) / 2;
    // What will never be taken is not sent for ever.
    if (answer.ok || answer.status === 422) forget(batch);
    else if (answer.status === 429) resting = Date.now() + 1000 * Number(answer.headers.get("Retry-After") ?? 60);
  } catch {
    // There is no network; it stays where it is.
  } finally {
    sending = false;
  }
}

function forget(sent: readonly Sample[]): void {
  const gone = new Set(sent.map(({ id }) => id));
  rememberThing(
    QUEUE,
    queue().filter(({ id }) => !gone.has(id)),
  );
}

/** Say which article lies open now, and where it scrolls; null when none does. */
export function nowReading(article: string | null, el?: Element | null): void {
  closeReading();
  if (!article || !el || !isOn()) return;
  reading = { article, el, seconds: 0, since: document.hidden ? 0 : Date.now(), complete: false };
  el.addEventListener("scroll", lookForEnd, { passive: true });
}

function closeReading(): void {
  if (!reading) return;
  lookForEnd();
  pause();
  reading.el.removeEventListener("scroll", lookForEnd);
  const seconds = Math.min(LONGEST_READ_S, Math.round(reading.seconds));
  if (seconds >= GLANCE_S) note("read", { article: reading.article, seconds, complete: reading.complete });
  reading = null;
}

function lookForEnd(): void {
  // Until the text is there, there is no end to reach.
  if (!reading?.el.querySelector("[data-whole]")) return;
  const { scrollTop, clientHeight, scrollHeight } = reading.el;
  if (clientHeight && scrollTop + clientHeight >= scrollHeight - END_PX) reading.complete = true;
}

function pause(): void {
  if (!reading?.since) return;
  reading.seconds += (Date.now() - reading.since) / 1000;
  reading.since = 0;
}

/** A push led here. */
export function pushOpened(article: string): void {
  note("push_opened", { article });
}

/**
 * How long articles that have just come over the line were under way. What came to pass before the line was up waited
 * for us, not for the network, and is left out.
 */
function noteWays(changes: readonly Change[]): void {
  if (ahead === undefined) return;
  for (const { kind, op, data } of changes) {
    if (kind !== "article" || op !== "put") continue;
    const at = Date.parse((data as { updated_at: string }).updated_at);
    const ms = Math.round(Date.now() + ahead - at);
    if (at < liveSince + ahead || ms < 0 || ms > LONGEST_WAY_MS || !countArrival()) continue;
    note("arrived", { ms });
  }
}

/** Whether there is room for one more today. */
function countArrival(): boolean {
  const today = new Date().toISOString().slice(0, 10);
  const [day, count] = (recall(ARRIVALS) ?? "").split(" ");
  const before = day === today ? Number(count) : 0;
  if (before >= ARRIVALS_A_DAY) return false;
  remember(ARRIVALS, `${today} ${before + 1}`);
  return true;
}

function onVisibility(): void {
  if (document.hidden) {
    awaySince = Date.now();
    pause();
    void send(true);
    return;
  }
  if (awaySince && Date.now() - awaySince > AWAY_MS) note("open");
  if (reading && !reading.since) reading.since = Date.now();
}

export function startUsage(): void {
  note("open");
  void send();
  setInterval(() => void send(), SEND_EVERY_MS);
  addEventListener("online", () => void send());
  addEventListener("pagehide", () => {
    closeReading();
    void send(true);
  });
  document.addEventListener("visibilitychange", onVisibility);
  sync.subscribe(({ changes, pushed }) => {
    if (sync.state !== "live") liveSince = Infinity;
    else if (liveSince === Infinity) liveSince = Date.now();
    if (pushed) noteWays(changes);
  });
}
