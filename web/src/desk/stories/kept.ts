/**
 * What was written and not saved yet, kept by the browser itself: a closed lid, a crash or a server that is away lose
 * nothing. It is written at once, as a page that is being closed has no time to wait for a database.
 */

import type { Fields } from "./fields";

export interface Kept {
  /** The version that it was written from. */
  ver: number;
  /** What that version had: only what differs from it is ours. */
  base: Fields;
  fields: Fields;
  at: string;
}

const name = (person: string, story: string): string => `ronghui-desk.story.${person}.${story}`;

/** Whether it could be kept: a full disk, or a browser that forbids it, must be told of. */
export function keep(person: string, story: string, kept: Kept): boolean {
  try {
    localStorage.setItem(name(person, story), JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

export function recall(person: string, story: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(name(person, story)) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

export function forget(person: string, story: string): void {
  try {
    localStorage.removeItem(name(person, story));
  } catch {
    // What cannot be kept is not there to be forgotten.
  }
}
