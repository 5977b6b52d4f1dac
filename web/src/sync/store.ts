/**
 * Where a copy is kept between two starts. A store does as it is told: what to keep, and in which order, is decided
 * above it (disk.ts, outbox.ts). The one promise it gives is that a `commit` happens whole or not at all, so that an
 * app that is killed at any moment finds a state that was true.
 */

import { isPublic } from "./streams";
import type { Item, Outcome } from "./types";

/** A file on its way. Bytes rather than a Blob: some browsers lose blobs out of their databases. */
export interface StoredFile {
  name: string;
  fileName: string;
  type: string;
  bytes: ArrayBuffer;
  /** Its id on the server, once it is there. */
  media: string;
}

/** An entry of the outbox. It has a number (`mid` under `client`) from just before it is first sent. */
export interface Entry {
  key: string;
  order: number;
  person: string;
  name: string;
  args: Record<string, unknown>;
  at: string;
  files: StoredFile[];
  client: string;
  mid: number;
  /** `applied`: answered, and its effect not yet seen on the person's stream. */
  state: "waiting" | "applied" | "refused";
  outcome?: Outcome;
}

/** Under which name a person's entries are numbered, and which number comes next. */
export interface Client {
  person: string;
  id: string;
  next: number;
}

export interface StoredStream {
  name: string;
  /** The history that `at` belongs to. */
  epoch: string;
  at: number;
  /** When its digest was last compared with the server's, in milliseconds; 0 for never. */
  checked: number;
  items: Item[];
}

export interface Stored {
  person: string | null;
  streams: StoredStream[];
}

export type Write =
  | { type: "put"; stream: string; item: Item }
  | { type: "del"; stream: string; kind: string; id: string }
  | { type: "cursor"; stream: string; epoch: string; at: number; checked: number }
  /** The stream with all that is on it. */
  | { type: "forget"; stream: string }
  | { type: "entry"; entry: Entry }
  | { type: "done"; key: string }
  | { type: "client"; client: Client }
  /** Another person, or nobody: everything private of the former goes; their outbox may be left for them. */
  | { type: "person"; person: string | null; keepOutbox: boolean };

export interface Store {
  readonly kind: "disk" | "memory";
  load(): Promise<Stored>;
  loadOutbox(): Promise<{ entries: Entry[]; clients: Client[] }>;
  /** All of it or nothing. With `person`, refused with `NotTheirs` where the store has meanwhile become another's. */
  commit(writes: readonly Write[], person?: string | null): Promise<void>;
  /** Delete everything, by whatever means. */
  destroy(): Promise<void>;
  close(): void;
}

/** Another tab has signed somebody else in, or this person out. */
export class NotTheirs extends Error {}

/** For tests, for native apps to begin with, and for where the disk may not be used. */
export class MemoryStore implements Store {
  readonly kind = "memory";
  #person: string | null = null;
  #streams = new Map<string, { epoch: string; at: number; checked: number }>();
  #things = new Map<string, Map<string, Item>>();
  #entries = new Map<string, Entry>();
  #clients = new Map<string, Client>();

  async load(): Promise<Stored> {
    const streams = [...this.#streams].map(([name, where]) => {
      const items = [...(this.#things.get(name)?.values() ?? [])];
      return { name, ...where, items };
    });
    return structuredClone({ person: this.#person, streams });
  }

  async loadOutbox(): Promise<{ entries: Entry[]; clients: Client[] }> {
    return structuredClone({ entries: [...this.#entries.values()], clients: [...this.#clients.values()] });
  }

  async commit(writes: readonly Write[], person?: string | null): Promise<void> {
    if (person !== undefined && person !== this.#person) throw new NotTheirs();
    for (const write of structuredClone(writes)) this.#do(write);
  }

  async destroy(): Promise<void> {
    this.#person = null;
    for (const map of [this.#streams, this.#things, this.#entries, this.#clients]) map.clear();
  }

  close(): void {}

  #do(write: Write): void {
    if (write.type === "put") this.#thingsOf(write.stream).set(`${write.item.kind}/${write.item.id}`, write.item);
    else if (write.type === "del") this.#thingsOf(write.stream).delete(`${write.kind}/${write.id}`);
    else if (write.type === "cursor") this.#streams.set(write.stream, { epoch: write.epoch, at: write.at, checked: write.checked });
    else if (write.type === "forget") this.#forget(write.stream);
    else if (write.type === "entry") this.#entries.set(write.entry.key, write.entry);
    else if (write.type === "done") this.#entries.delete(write.key);
    else if (write.type === "client") this.#clients.set(write.client.person, write.client);
    else this.#become(write.person, write.keepOutbox);
  }

  #thingsOf(stream: string): Map<string, Item> {
    let things = this.#things.get(stream);
    if (!things) this.#things.set(stream, (things = new Map()));
    return things;
  }

  #forget(stream: string): void {
    this.#streams.delete(stream);
    this.#things.delete(stream);
  }

  #become(person: string | null, keepOutbox: boolean): void {
    if (person === this.#person && person !== null) return;
    for (const name of new Set([...this.#streams.keys(), ...this.#things.keys()])) if (!isPublic(name)) this.#forget(name);
    if (!keepOutbox) {
      for (const entry of this.#entries.values()) if (entry.person !== person) this.#entries.delete(entry.key);
      for (const client of this.#clients.values()) if (client.person !== person) this.#clients.delete(client.person);
    }
    this.#person = person;
  }
}
