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
 * What the person signed in has not looked at. A bell to everybody carries no mark of its own: that one was read is a
 * thing on the reader's stream.
 * @returns {Bell[]}
 */
export function unread() {
  if (!me()) return [];
  const read = new Set(sync.list("read").map(({ bell }) => bell));
  return bells().filter(({ id, read_at }) => !read_at && !read.has(id));
}

/** @param {Bell} bell */
export function markRead({ id }) {
  return call("POST", "/inbox/read", { body: { ids: [id] } });
}

export function markAllRead() {
  return call("POST", "/inbox/read", { body: { all: true } });
}

/** Where a bell leads. @param {Bell} bell @returns {string|null} */
export function targetOf({ about }) {
  const id = about && encodeURIComponent(about.id);
  if (about?.kind === "article") return `#/news/${id}`;
  if (about?.kind === "notice") return `#/notices/${id}`;
  if (about?.kind === "request") return `#/services/requests/${id}`;
  return null;
}
