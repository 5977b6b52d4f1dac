/**
 * The first view. Before any script of ours runs, the page has a front page in it (`#first`): on a phone that is new
 * here the one that the house draws (api/first_html.py), later the one that we ourselves keep here and the service
 * worker (src/worker/) puts into the page. It gives way when the app can show the same by itself.
 */

import { watch } from "vue";

import { t } from "@/i18n";

import { catalog } from "./catalog";
import { router } from "./router";
import { onSession, restored } from "./session";
import { sync, useSyncState } from "./store";
import { stillHolds, type PublicAlert } from "./warnings";

/** On a line on which it takes longer still, what the app has to say about that is worth more than the old list. */
const LONGEST_MS = 10_000;
/** As in src/worker/first.ts and, the first of them, in boot.ts, which are built apart. */
const FRONT = ["", "#/", "#/news"];
const CACHE = "ronghui-first";
const PLACE = "/first";
const SETTLED_MS = 1000;
/** A little more than a tall phone shows. */
const CARDS = 6;
/** What of the copy stands on the front page. */
const SHOWN = new Set(["article", "live", "public_alert"]);

/** Mount the app: at once, or in the place of what stands on the page when it can show the same. */
export function takeOver(mount: () => void): void {
  const first = document.getElementById("first");
  const root = document.documentElement;
  // A link may have been touched before this script was here.
  if (!first || root.dataset["first"] === "hidden" || !FRONT.includes(location.hash)) {
    first?.remove();
    delete root.dataset["first"];
    mount();
    return;
  }
  let isOver = false;
  const go = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    removeEventListener("hashchange", go);
    stop();
    const top = first.querySelector(".screens")?.scrollTop ?? 0;
    const focused = first.contains(document.activeElement) ? document.activeElement?.getAttribute("href") : null;
    // In one task, so that both are never there, nor neither.
    first.remove();
    mount();
    document.querySelector("#screens")?.scrollTo({ top });
    if (focused) document.querySelector<HTMLElement>(`#phone a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };
  const state = useSyncState();
  let stop = (): void => {};
  const timer = setTimeout(go, LONGEST_MS);
  // Whoever has touched a link is waiting for what it leads to.
  addEventListener("hashchange", go);
  void Promise.all([router.isReady(), restored]).then(() => {
    if (isOver) return;
    stop = watch(
      () => (state.ready && catalog.sections.length > 0) || state.failing || state.line === "offline",
      (can) => can && queueMicrotask(go),
      { immediate: true },
    );
  });
}

/** What is kept, and as long as it may be shown. */
export interface KeptFirst {
  /** The page's own element with its language and looks, and the block, both as HTML that this page has written. */
  root: string;
  block: string;
  /** The style sheet it was drawn for. */
  sheet: string;
  /** When the first of the warnings in it runs out; null when none is in it. */
  until: number | null;
}

let kept = "";
/** One after the other: what is taken away must not come back by a write that was under way. */
let work: Promise<unknown> = Promise.resolve();
let waiting: ReturnType<typeof setTimeout> | undefined;

/** Keep the front page for the next start, each time it has changed. */
export function startKeeping(): void {
  if (!("caches" in globalThis) || !("serviceWorker" in navigator)) return;
  const app = document.getElementById("app");
  if (!app) return;
  new MutationObserver(keepSoon).observe(app, { childList: true, characterData: true, subtree: true });
  // What was taken back or put right goes at once, also while somebody is elsewhere; what is new can wait for them.
  sync.subscribe(({ changes }) => {
    if (changes.some(({ op, isNew, kind }) => (op === "del" || !isNew) && SHOWN.has(kind))) forget();
  });
  onSession(forget);
}

function forget(): void {
  kept = "";
  work = work.then(() => caches.delete(CACHE)).catch(() => {});
  keepSoon();
}

function keepSoon(): void {
  // Safari has no idle callbacks yet.
  waiting ??= setTimeout(() => ("requestIdleCallback" in window ? requestIdleCallback(keep) : keep()), SETTLED_MS);
}

function keep(): void {
  waiting = undefined;
  const phone = document.getElementById("phone");
  if (!phone?.querySelector(".card") || router.currentRoute.value.fullPath !== "/news") return;
  const held = sync.list<PublicAlert>("public_alert").filter((alert) => stillHolds(alert, Date.now()));
  const first: KeptFirst = {
    root: (document.documentElement.cloneNode(false) as Element).outerHTML.replace("</html>", ""),
    // How long ago something was is not true any more when it is read again: of the times only the room is kept.
    block: `<div id="first" class="kept"><div class="stage">${stillOf(phone)}</div></div>`,
    sheet: document.querySelector("link[rel=stylesheet]")?.getAttribute("href") ?? "",
    // Without one it is infinite, which JSON writes as null.
    until: Math.min(...held.flatMap(({ expires }) => (expires ? [Date.parse(expires)] : []))),
  };
  const text = JSON.stringify(first);
  if (text === kept) return;
  kept = text;
  work = work
    .then(() => caches.open(CACHE))
    .then((cache) => cache.put(PLACE, new Response(text)))
    .catch(() => {
      // The disk is full, or not ours to use: then the next start is a little slower.
    });
}

/** The screen as it stands, as HTML without what moves, what speaks, what is only for now, or what needs the app. */
function stillOf(phone: HTMLElement): string {
  const still = phone.cloneNode(true) as HTMLElement;
  for (const one of still.querySelectorAll(".toasts, #announce, .badge, .pill-place, .foot, dialog")) one.remove();
  for (const [at, one] of still.querySelectorAll(".card").entries()) if (at >= CARDS) one.remove();
  for (const one of [still, ...still.querySelectorAll("[id]")]) one.removeAttribute("id");
  for (const one of still.querySelectorAll("[role=alert], [role=status]")) one.removeAttribute("role");
  for (const one of still.querySelectorAll("details[open]")) one.removeAttribute("open");
  for (const one of still.querySelectorAll(".arrived")) one.classList.remove("arrived");
  for (const one of still.querySelectorAll("button")) one.disabled = true;
  const line = still.querySelector<HTMLElement>(".live");
  line?.setAttribute("data-state", "connecting");
  line?.setAttribute("title", t("live.connecting.long"));
  line?.lastElementChild?.replaceChildren(t("live.connecting"));
  return still.outerHTML;
}
