/**
 * The way from the copy in memory to the store. Memory is always ahead: a kill in between leaves an older cursor with
 * the things of that cursor, and the start after it catches up from there.
 *
 * Of several tabs, each has its own line and its own copy in memory, and one (whoever holds the lock) writes streams
 * to the disk. When it closes, the next takes the lock and writes down what it has. That is simpler than one tab that
 * talks for all, costs a phone nothing (it has one), and leaves no tab waiting for a frozen one. The outbox is common.
 */

import { MemoryStore, NotTheirs, type Client, type Entry, type Store, type Stored, type Write } from "./store";
import { isPublic } from "./streams";

export class Disk {
  /** Whose store this is, as far as this tab knows. */
  person: string | null = null;
  #store: Store = new MemoryStore();
  #isWriter = false;
  #queue: Write[] = [];
  #writing: Promise<void> | null = null;
  #isBroken = false;

  /** @param onBroken called once when the disk has failed, and things are kept in memory alone from then on */
  constructor(readonly onBroken: () => void) {}

  get kind(): "disk" | "memory" {
    return this.#isBroken ? "memory" : this.#store.kind;
  }

  async open(store: Store | Promise<Store>): Promise<Stored> {
    this.#store = await store;
    try {
      const stored = await this.#store.load();
      this.person = stored.person;
      return stored;
    } catch {
      this.#store.close();
      this.#store = new MemoryStore();
      return this.#store.load();
    }
  }

  /** From now on this tab writes, beginning with what the disk does not have. */
  lead(missing: readonly Write[]): void {
    this.#isWriter = true;
    this.save(missing);
  }

  /** Keep what has changed on streams. What is handed over together is written together. */
  save(writes: readonly Write[]): void {
    if (!this.#isWriter || this.#isBroken || !writes.length) return;
    this.#queue.push(...writes);
    this.#writing ??= this.#flush().finally(() => (this.#writing = null));
  }

  /** Wait until everything handed over is written. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** What the store has of the outbox; where it cannot be read, what is in hand. */
  async loadOutbox(held: readonly Entry[]): Promise<{ entries: Entry[]; clients: Client[] }> {
    try {
      return await this.#store.loadOutbox();
    } catch {
      await this.#goOnInMemory(held);
      return this.#store.loadOutbox();
    }
  }

  /**
   * Keep a change of the outbox. Where the disk fails, what is in hand goes on in memory.
   * @throws NotTheirs when another tab has signed this person out
   */
  async commit(writes: readonly Write[], held: readonly Entry[]): Promise<void> {
    try {
      await this.#store.commit(writes, this.person);
    } catch (error) {
      if (error instanceof NotTheirs) throw error;
      await this.#goOnInMemory(held);
      await this.#store.commit(writes.filter(({ type }) => type !== "client"));
    }
  }

  /** Not with the counter: the one on the disk would come back, behind, and get old answers for new wishes. */
  async #goOnInMemory(held: readonly Entry[]): Promise<void> {
    this.#store.close();
    this.#store = new MemoryStore();
    await this.#store.commit([{ type: "person", person: this.person, keepOutbox: false }]);
    await this.#store.commit(held.map((entry) => ({ type: "entry", entry })));
    this.#break();
  }

  /** The store is another's now, or nobody's: everything private of the former goes, at once. */
  async become(person: string | null, keepOutbox: boolean): Promise<void> {
    this.#queue = this.#queue.filter(isOfAll);
    await this.settled();
    this.person = person;
    try {
      await this.#store.commit([{ type: "person", person, keepOutbox }]);
    } catch {
      await this.destroy();
    }
  }

  /** Delete everything, and go on in memory. */
  async destroy(): Promise<void> {
    this.#queue = [];
    const store = this.#store;
    this.#store = new MemoryStore();
    await this.#store.commit([{ type: "person", person: this.person, keepOutbox: false }]);
    this.#break();
    await store.destroy().catch(() => {});
  }

  close(): void {
    this.#queue = [];
    this.#isWriter = false;
    this.#store.close();
  }

  async #flush(): Promise<void> {
    while (this.#queue.length) {
      const writes = this.#queue.splice(0);
      try {
        if (writes.every(isOfAll)) await this.#store.commit(writes);
        else await this.#store.commit(writes, this.person);
      } catch (error) {
        // What is for all is as true as before; what was this person's must not be written down any more.
        if (error instanceof NotTheirs) this.#queue.unshift(...writes.filter(isOfAll));
        else await this.#stop(writes);
      }
    }
  }

  /** A full or broken disk: an old copy must not stay behind, as what is withdrawn could not be taken from it. */
  async #stop(failed: readonly Write[]): Promise<void> {
    this.#queue = [];
    this.#break();
    const streams = new Set(failed.flatMap((write) => ("stream" in write ? [write.stream] : [])));
    try {
      for (const { name } of (await this.#store.load()).streams) streams.add(name);
      await this.#store.commit([...streams].map((stream) => ({ type: "forget", stream })));
    } catch {
      // It cannot even be read: a start will find the same, and go on in memory.
    }
  }

  #break(): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.onBroken();
  }
}

function isOfAll(write: Write): boolean {
  return "stream" in write && isPublic(write.stream);
}
