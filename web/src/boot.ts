/**
 * The small script of the start. It is there before anything is painted, as no script may stand in the page itself, and
 * imports nothing, so that it is there at once. It decides whether what stands on the page already (`#first`) is for
 * this phone and this address; begins to fetch what a phone that has never been here needs first, the public copy; and
 * starts the app once the screen shows something: on a slow phone the app's script keeps it busy for a second or two.
 */

import type { Early } from "./early";

const root = document.documentElement;

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

// As in app/look.ts, which sets it again and keeps it.
const theme = recall("ronghui.theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
root.dataset["theme"] = theme;

// What the app itself has kept (app/first.ts) looks as it was chosen, and says so; the house draws for strangers.
const isKept = root.dataset["size"] !== undefined;
const isForUs = isKept || ["ronghui.lang", "ronghui.elder", "ronghui.size"].every((key) => recall(key) === null);
const isFront = ["", "#/", "#/news"].includes(location.hash);
const isShown = isFront && isForUs;
if (!isShown) root.dataset["first"] = "hidden";

// As in early.ts, which cannot be imported without a second request.
if (recall("ronghui.copied") === null) {
  const answer = fetch("/api/v1/sync/snapshot?streams=pub", { headers: { Accept: "application/json" } });
  // Whoever takes it is told of a failure; until then nobody is.
  answer.catch(() => {});
  (globalThis as Early).ronghuiEarly = answer;
}

function start(): void {
  const script = document.querySelector<HTMLLinkElement>("link[rel=modulepreload]");
  if (script) void import(/* @vite-ignore */ script.href);
}

function startSoon(): void {
  // A page in the background is not painted, and no frame comes.
  if (!isShown || document.hidden || !document.getElementById("first")) start();
  else requestAnimationFrame(() => setTimeout(start));
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startSoon, { once: true });
else startSoon();
