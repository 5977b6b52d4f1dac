/** The bells: to everybody, and to the person signed in. */

import { call } from "./api.js";
import { sync } from "./app.js";
import { me } from "./session.js";
import { newestBy } from "./time.js";

/** @typedef {import("./types.js").Bell} Bell */

/** @returns {Bell[]} the newest first */
export function bells() {
  return sync.list("bell").sort(newestBy("at"));
}

/**
 * Personal bells nobody has looked at. A bell to everybody is not addressed to one person and has no read mark.
 * @returns {Bell[]}
 */
export function unread() {
  const user = me();
  return user ? bells().filter((bell) => !bell.read_at && isPersonal(bell)) : [];
}

/** @param {Bell} bell */
function isPersonal(bell) {
  return sync.streamOf("bell", bell.id)?.startsWith("user:") ?? false;
}

/** @param {Bell[]} read */
export async function markRead(read) {
  const ids = read.map(({ id }) => id);
  if (ids.length) await call("POST", "/inbox/read", { body: { ids } });
}

/** Where a bell leads. @param {Bell} bell @returns {string|null} */
export function targetOf({ about }) {
  const id = about && encodeURIComponent(about.id);
  if (about?.kind === "article") return `#/news/${id}`;
  if (about?.kind === "notice") return `#/notices/${id}`;
  if (about?.kind === "request") return `#/services/requests/${id}`;
  return null;
}
