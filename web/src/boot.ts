/**
 * Begins, beside the app's own script, to fetch what a phone that has never been here needs first: the public copy. It
 * is a file of its own, as no script may stand in the page itself, and imports nothing, so that it is there at once.
 */

import type { Early } from "./early";

function isNew(): boolean {
  try {
    // As in early.ts, which cannot be imported without a second request.
    return localStorage.getItem("ronghui.copied") === null;
  } catch {
    return true;
  }
}

if (isNew()) {
  const answer = fetch("/api/v1/sync/snapshot?streams=pub", { headers: { Accept: "application/json" } });
  // Whoever takes it is told of a failure; until then nobody is.
  answer.catch(() => {});
  (globalThis as Early).ronghuiEarly = answer;
}
