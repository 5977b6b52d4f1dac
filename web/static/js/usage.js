/**
 * Samples of use: that the page was opened, what was read, how fast news came. Without anybody's name, never to others,
 * kept while there is no network, and not at all where the reader or the browser says so (docs/operation.md).
 */

import { newKey } from "./api.js";

/**
 * @typedef {{id: string, at: string, kind: "open"|"read"|"push_opened"|"arrived", article?: string, seconds?: number,
 *   complete?: boolean, ms?: number}} Sample
 */

const BASE = "/api/v1/usage";
const OFF = "ronghui.usage.off";
const INSTALLATION = "ronghui.usage.id";
const QUEUE = "ronghui.usage.queue";
const MOST_KEPT = 300;
const MOST_SENT = 100;
const TOO_OLD_MS = 8 * 86_400_000;
const SEND_EVERY_MS = 60_000;
/** Who comes back after this long opens the page anew. */
const AWAY_MS = 30 * 60_000;
/** Who leaves before this has not read. */
const GLANCE_S = 3;
const LONGEST_READ_S = 14_400;
const LONGEST_WAY_MS = 600_000;
/** A few arrivals a day say as much as all. */
const ARRIVALS_A_DAY = 20;
/** So near the end of a text counts as the end. */
const END_PX = 80;

/** The server's clock less ours, once it is known. @type {number|undefined} */
let ahead;
let sending = false;
/** Not before then. */
let resting = 0;
let awaySince = 0;
let liveSince = Infinity;
/** @type {{article: string, el: Element, seconds: number, since: number, complete: boolean}|null} */
let reading = null;

/** Whether the browser asks everybody not to follow its reader. */
export function isForbidden() {
  const asked = /** @type {{globalPrivacyControl?: boolean, doNotTrack?: string|null}} */ (navigator);
  return Boolean(asked.globalPrivacyControl) || asked.doNotTrack === "1";
}

/** Whether samples are taken and sent. */
export function isOn() {
  return !isForbidden() && recall(OFF) !== "1" && canKeep();
}

/** A page that cannot remember its number would be a new phone each time. */
function canKeep() {
  return installation() !== null;
}

/** @param {string} key @returns {string|null} */
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string|null} value */
function keep(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: then there are no statistics.
  }
}

/** The number that this page has made for itself. The server does not keep it. @returns {string|null} */
function installation() {
  const known = recall(INSTALLATION);
  if (known) return known;
  keep(INSTALLATION, newKey());
  return recall(INSTALLATION);
}

/** Turn the statistics on or off; off forgets what is kept here and on the server. @param {boolean} on */
export async function setOn(on) {
  keep(OFF, on ? null : "1");
  if (on) return note("open");
  const id = recall(INSTALLATION);
  keep(QUEUE, null);
  keep(INSTALLATION, null);
  if (id) await fetch(`${BASE}/${id}`, { method: "DELETE", credentials: "omit" });
}

/** @returns {Sample[]} */
function queue() {
  try {
    const kept = JSON.parse(recall(QUEUE) ?? "[]");
    return Array.isArray(kept) ? kept.filter(({ at }) => Date.parse(at) > serverNow() - TOO_OLD_MS) : [];
  } catch {
    return [];
  }
}

function serverNow() {
  return Date.now() + (ahead ?? 0);
}

/** @param {Sample["kind"]} kind @param {Partial<Sample>} [more] */
function note(kind, more = {}) {
  if (!isOn()) return;
  const sample = { id: newKey(), at: new Date(serverNow()).toISOString(), kind, ...more };
  keep(QUEUE, JSON.stringify([...queue(), sample].slice(-MOST_KEPT)));
}

/**
 * Send what is kept. Not by `api.js`: our token has no business with it.
 * @param {boolean} [leaving] the page is being left, and an answer may never be seen
 */
async function send(leaving = false) {
  const batch = isOn() ? queue().slice(0, MOST_SENT) : [];
  if (!batch.length || sending || Date.now() < resting) return;
  sending = true;
  const begun = Date.now();
  try {
    const answer = await fetch(BASE, {
      method: "POST",
      credentials: "omit",
      keepalive: leaving,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ installation: installation(), samples: batch }),
    });
    if (answer.ok) ahead = Date.parse((await answer.json()).now) - (begun + Date.now()) / 2;
    // What will never be taken is not sent for ever.
    if (answer.ok || answer.status === 422) forget(batch);
    else if (answer.status === 429) resting = Date.now() + 1000 * Number(answer.headers.get("Retry-After") ?? 60);
  } catch {
    // There is no network; it stays where it is.
  } finally {
    sending = false;
  }
}

/** @param {Sample[]} sent */
function forget(sent) {
  const gone = new Set(sent.map(({ id }) => id));
  keep(QUEUE, JSON.stringify(queue().filter(({ id }) => !gone.has(id))));
}

/** Say which article lies open now, and where it scrolls; null when none does. @param {string|null} article @param {Element} [el] */
export function nowReading(article, el) {
  closeReading();
  if (!article || !el || !isOn()) return;
  reading = { article, el, seconds: 0, since: document.hidden ? 0 : Date.now(), complete: false };
  el.addEventListener("scroll", lookForEnd, { passive: true });
}

function closeReading() {
  if (!reading) return;
  lookForEnd();
  pause();
  reading.el.removeEventListener("scroll", lookForEnd);
  const seconds = Math.min(LONGEST_READ_S, Math.round(reading.seconds));
  if (seconds >= GLANCE_S) note("read", { article: reading.article, seconds, complete: reading.complete });
  reading = null;
}

function lookForEnd() {
  // Until the text is there, there is no end to reach.
  if (!reading?.el.querySelector("h1")) return;
  const { scrollTop, clientHeight, scrollHeight } = reading.el;
  if (clientHeight && scrollTop + clientHeight >= scrollHeight - END_PX) reading.complete = true;
}

function pause() {
  if (!reading?.since) return;
  reading.seconds += (Date.now() - reading.since) / 1000;
  reading.since = 0;
}

/** A push led here. @param {string} article */
export function pushOpened(article) {
  note("push_opened", { article });
}

/**
 * How long articles that have just come over the line were under way. What came to pass before the line was up waited
 * for us, not for the network, and is left out.
 * @param {{kind: string, op: string, data: any}[]} changes
 */
function noteArrivals(changes) {
  if (ahead === undefined) return;
  for (const { kind, op, data } of changes) {
    if (kind !== "article" || op !== "put") continue;
    const at = Date.parse(data.updated_at);
    const ms = Math.round(Date.now() + ahead - at);
    if (at < liveSince + ahead || ms < 0 || ms > LONGEST_WAY_MS || !countArrival()) continue;
    note("arrived", { ms });
  }
}

/** Whether there is room for one more today. */
function countArrival() {
  const today = new Date().toISOString().slice(0, 10);
  const [day, count] = (recall("ronghui.usage.arrivals") ?? "").split(" ");
  const before = day === today ? Number(count) : 0;
  if (before >= ARRIVALS_A_DAY) return false;
  keep("ronghui.usage.arrivals", `${today} ${before + 1}`);
  return true;
}

function onVisibility() {
  if (document.hidden) {
    awaySince = Date.now();
    pause();
    void send(true);
    return;
  }
  if (awaySince && Date.now() - awaySince > AWAY_MS) note("open");
  if (reading && !reading.since) reading.since = Date.now();
}

/** @param {import("./sync.js").Sync} sync */
export function startUsage(sync) {
  note("open");
  void send();
  setInterval(send, SEND_EVERY_MS);
  addEventListener("online", () => void send());
  addEventListener("pagehide", () => {
    closeReading();
    void send(true);
  });
  document.addEventListener("visibilitychange", onVisibility);
  sync.subscribe(({ changes, pushed }) => {
    if (sync.state !== "live") liveSince = Infinity;
    else if (liveSince === Infinity) liveSince = Date.now();
    if (pushed) noteArrivals(changes);
  });
}
