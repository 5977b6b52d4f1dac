/** The store of the web: IndexedDB. */

import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from "idb";

import { MemoryStore, NotTheirs, type Client, type Entry, type Store, type Stored, type Write } from "./store";
import { isPublic } from "./streams";
import type { Item } from "./types";

interface Layout extends DBSchema {
  meta: { key: string; value: { name: string; value: unknown } };
  streams: { key: string; value: { name: string; epoch: string; at: number; checked: number } };
  things: { key: [stream: string, kind: string, id: string]; value: Item & { stream: string } };
  outbox: { key: string; value: Entry };
  clients: { key: string; value: Client };
}
type Names = ("meta" | "streams" | "things" | "outbox" | "clients")[];
const ALL: Names = ["meta", "streams", "things", "outbox", "clients"];
type Upgrade = (db: IDBPDatabase<Layout>, tx: IDBPTransaction<Layout, Names, "versionchange">) => void;

/**
 * One step a version, never changed once it was published. What is on streams may be thrown away by a step, since the
 * server gives it again; `outbox` and `clients` must come through: nobody else has them.
 */
export const UPGRADES: Upgrade[] = [
  (db) => {
    db.createObjectStore("meta", { keyPath: "name" });
    db.createObjectStore("streams", { keyPath: "name" });
    db.createObjectStore("things", { keyPath: ["stream", "kind", "id"] });
    db.createObjectStore("outbox", { keyPath: "key" });
    db.createObjectStore("clients", { keyPath: "person" });
  },
];
const OPEN_MS = 4000;

/**
 * Open the database; where that cannot be done (private mode, a newer version's database, another tab that does not
 * let go), a store in memory, whose `kind` says so.
 */
export async function openStore(name: string, upgrades = UPGRADES): Promise<Store> {
  const store = new IdbStore(name, upgrades);
  try {
    await inTime(store.open());
    return store;
  } catch {
    store.close();
    return new MemoryStore();
  }
}

export class IdbStore implements Store {
  readonly kind = "disk";
  #db: IDBPDatabase<Layout> | undefined;
  #closed = false;

  constructor(
    readonly name: string,
    readonly upgrades = UPGRADES,
  ) {}

  async open(): Promise<IDBPDatabase<Layout>> {
    if (this.#db) return this.#db;
    if (this.#closed) throw new Error("The database was closed.");
    const db = await openDB<Layout>(this.name, this.upgrades.length, {
      upgrade: (db, old, _new, tx) => {
        for (const step of this.upgrades.slice(old)) step(db, tx);
      },
      // A newer version of the app waits in another tab: we let it through, and go on in memory until we are reloaded.
      blocking: () => this.close(),
      // The browser took the connection away, as Safari does to pages in the background: the next call opens it anew.
      terminated: () => (this.#db = undefined),
    });
    if (this.#closed) {
      db.close();
      throw new Error("The database was closed.");
    }
    return (this.#db = db);
  }

  async load(): Promise<Stored> {
    const db = await this.open();
    // One transaction, so that no other tab's frame falls between the things and their cursor.
    const tx = db.transaction(["meta", "streams", "things"]);
    const [person, streams, things] = await Promise.all([
      tx.objectStore("meta").get("person"),
      tx.objectStore("streams").getAll(),
      tx.objectStore("things").getAll(),
    ]);
    const of = new Map(streams.map((stream) => [stream.name, { ...stream, items: [] as Item[] }]));
    for (const { stream, kind, id, ver, data } of things) of.get(stream)?.items.push({ kind, id, ver, data });
    return { person: (person?.value as string | undefined) ?? null, streams: [...of.values()] };
  }

  async loadOutbox(): Promise<{ entries: Entry[]; clients: Client[] }> {
    const tx = (await this.open()).transaction(["outbox", "clients"]);
    const [entries, clients] = await Promise.all([
      tx.objectStore("outbox").getAll(),
      tx.objectStore("clients").getAll(),
    ]);
    return { entries, clients };
  }

  async commit(writes: readonly Write[], person?: string | null): Promise<void> {
    try {
      await this.#commit(writes, person);
    } catch (error) {
      if (error instanceof NotTheirs || !isLostConnection(error)) throw error;
      this.#db = undefined;
      await this.#commit(writes, person);
    }
  }

  async destroy(): Promise<void> {
    this.close();
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(this.name);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
      // Another tab holds it; it is deleted as soon as that lets go, which our request makes it do.
      request.onblocked = () => resolve();
    });
  }

  close(): void {
    this.#closed = true;
    this.#db?.close();
    this.#db = undefined;
  }

  async #commit(writes: readonly Write[], person?: string | null): Promise<void> {
    const db = await this.open();
    // What was promised to a person must survive a flat battery; what the server has can be asked for again.
    const durability = writes.some(({ type }) => type === "entry" || type === "person") ? "strict" : "relaxed";
    const tx = db.transaction(ALL, "readwrite", { durability });
    const done = tx.done.catch((error: unknown) => error);
    try {
      if (person !== undefined) {
        const held = await tx.objectStore("meta").get("person");
        if (((held?.value as string | undefined) ?? null) !== person) throw new NotTheirs();
      }
      // The database does what it is asked in the order it was asked. (A wait for anything but the database would end
      // the transaction.)
      const asked: Promise<unknown>[] = [];
      for (const write of writes) {
        const asking = apply(tx, write);
        asking.catch(() => {}); // It is heard below, or by the one that failed before it.
        if (write.type === "person") await asking;
        else asked.push(asking);
      }
      await Promise.all(asked);
    } catch (error) {
      try {
        tx.abort();
      } catch {
        // It has ended by itself.
      }
      await done;
      throw error;
    }
    const error = await done;
    if (error) throw error;
  }
}

type Tx = IDBPTransaction<Layout, Names, "readwrite">;

async function apply(tx: Tx, write: Write): Promise<unknown> {
  switch (write.type) {
    case "put":
      return tx.objectStore("things").put({ stream: write.stream, ...write.item });
    case "del":
      return tx.objectStore("things").delete([write.stream, write.kind, write.id]);
    case "cursor":
      return tx.objectStore("streams").put({ name: write.stream, epoch: write.epoch, at: write.at, checked: write.checked });
    case "forget":
      return forget(tx, write.stream);
    case "entry":
      return tx.objectStore("outbox").put(write.entry);
    case "done":
      return tx.objectStore("outbox").delete(write.key);
    case "client":
      return tx.objectStore("clients").put(write.client);
    case "person":
      return become(tx, write.person, write.keepOutbox);
  }
}

async function forget(tx: Tx, stream: string): Promise<void> {
  // An array sorts after every string, so this is everything whose key begins with the stream.
  const things = IDBKeyRange.bound([stream], [stream, []]);
  await Promise.all([tx.objectStore("streams").delete(stream), tx.objectStore("things").delete(things)]);
}

async function become(tx: Tx, person: string | null, keepOutbox: boolean): Promise<void> {
  const held = await tx.objectStore("meta").get("person");
  if (person !== null && held?.value === person) return;
  const streams = new Set(await tx.objectStore("streams").getAllKeys());
  for (const [stream] of await tx.objectStore("things").getAllKeys()) streams.add(stream);
  for (const stream of streams) if (!isPublic(stream)) await forget(tx, stream);
  if (!keepOutbox) {
    for (const entry of await tx.objectStore("outbox").getAll()) {
      if (entry.person !== person) await tx.objectStore("outbox").delete(entry.key);
    }
    for (const key of await tx.objectStore("clients").getAllKeys()) {
      if (key !== person) await tx.objectStore("clients").delete(key);
    }
  }
  if (person === null) await tx.objectStore("meta").delete("person");
  else await tx.objectStore("meta").put({ name: "person", value: person });
}

function isLostConnection(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "InvalidStateError" || error.name === "UnknownError");
}

function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The database did not open.")), OPEN_MS);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
