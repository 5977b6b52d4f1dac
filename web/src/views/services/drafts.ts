/**
 * What was begun and not yet sent, with its photos, kept on this phone alone. Each draft belongs to whoever wrote it:
 * the next person at this phone is never shown it, and signing out erases all of them.
 */

import { openDB, type IDBPDatabase } from "idb";

const NAME = "ronghui-drafts";
const STORE = "drafts";

let opened: Promise<IDBPDatabase> | null = null;

function database(): Promise<IDBPDatabase> {
  opened ??= openDB(NAME, 1, {
    upgrade: (db) => void db.createObjectStore(STORE),
    // Another tab that signs out has to be able to erase what this one holds open.
    blocking: (_current, _blocked, event) => {
      (event.target as IDBDatabase).close();
      opened = null;
    },
  });
  return opened;
}

/** A phone that forbids storage loses the draft with the page, and nothing else. */
export async function keepDraft(owner: string, name: string, draft: unknown): Promise<void> {
  try {
    await (await database()).put(STORE, draft, `${owner} ${name}`);
  } catch (error) {
    console.warn("draft not kept", error);
  }
}

export async function readDraft<T>(owner: string, name: string): Promise<T | null> {
  try {
    return ((await (await database()).get(STORE, `${owner} ${name}`)) as T | undefined) ?? null;
  } catch {
    return null;
  }
}

export async function dropDraft(owner: string, name: string): Promise<void> {
  try {
    await (await database()).delete(STORE, `${owner} ${name}`);
  } catch {
    // What could not be opened holds nothing.
  }
}
