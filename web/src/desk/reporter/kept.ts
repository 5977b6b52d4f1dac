/** Where the browser keeps files on their way. Named apart from what uses them, so that whoever signs out erases both. */

import { remember } from "@/app/memory";

export const FILES = `${__APP__}.files`;
export const LIST = `${__APP__}.uploads`;

export function forgetFiles(): void {
  remember(LIST, null);
  try {
    indexedDB.deleteDatabase(FILES);
  } catch {
    // A browser that forbids storage keeps nothing.
  }
}
