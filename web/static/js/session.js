/** Who is signed in. */

import { call, renew, setTokens, watchTokens } from "./api.js";

/** @typedef {{id: string, name: string}} User */
/** @type {User|null} */
let user = null;
/** @type {Set<(event: "in"|"out"|"expired"|"renewed") => void>} */
const listeners = new Set();
/** @type {ReturnType<typeof setTimeout>|undefined} */
let renewal;
let leaving = false;

/** @returns {User|null} */
export function me() {
  return user;
}

/**
 * @param {(event: "in"|"out"|"expired"|"renewed") => void} fn
 * @returns {() => void} the way to stop listening
 */
export function onSession(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/** Sign out here at once, and on the server when it can be reached. */
export async function signOut() {
  const told = call("DELETE", "/auth/tokens").catch(() => {
    // The access token dies within minutes by itself, and the refresh token was only ever in this page.
  });
  leaving = true;
  setTokens(null);
  leaving = false;
  await told;
}

watchTokens((tokens) => {
  clearTimeout(renewal);
  const before = user;
  user = tokens?.user ?? (tokens ? before : null);
  // A minute early, so that neither a call nor the socket ever meets a stale token.
  if (tokens) renewal = setTimeout(keepFresh, Math.max(5, tokens.expires_in - 60) * 1000);
  const event = user ? (before ? "renewed" : "in") : leaving ? "out" : "expired";
  if (user || before) for (const fn of listeners) fn(event);
});

async function keepFresh() {
  try {
    await renew();
  } catch {
    // Without an answer we are still signed in and ask again: a tunnel is not a sign-out.
    renewal = setTimeout(keepFresh, 15_000);
  }
}
