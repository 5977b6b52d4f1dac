/**
 * Files that are on their way, kept by the browser: a page that is thrown away while the camera is open, or loaded anew,
 * goes on with them. A browser that keeps nothing has them for as long as the page is open.
 */

import { openDB, type IDBPDatabase } from "idb";

import { FILES } from "./kept";

const STORE = "files";
const held = new Map<string, File>();
let opening: Promise<IDBPDatabase> | null = null;

function open(): Promise<IDBPDatabase> {
  opening ??= openDB(FILES, 1, {
    upgrade: (db) => void db.createObjectStore(STORE),
    // Another tab that signs out has to be able to erase what this one holds open.
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      opening = null;
    },
  });
  return opening;
}

/** Have a file at hand, and keep it. Resolves to whether it would survive the page. */
export async function hold(key: string, file: File): Promise<boolean> {
  held.set(key, file);
  try {
    await (await open()).put(STORE, file, key);
    return true;
  } catch {
    return false;
  }
}

/** The file, unless nobody has it any more. */
export async function fileOf(key: string): Promise<File | null> {
  const file = held.get(key);
  if (file) return file;
  try {
    return ((await (await open()).get(STORE, key)) as File | undefined) ?? null;
  } catch {
    return null;
  }
}

export async function release(key: string): Promise<void> {
  held.delete(key);
  try {
    await (await open()).delete(STORE, key);
  } catch {
    // What was never kept need not be deleted.
  }
}
