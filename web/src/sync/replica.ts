/** What a phone holds of its streams, and how rows change it: rules 1 to 6 of docs/sync.md. Knows no network. */

import type { Change, Item, Row } from "./types";

type Things = Map<string, Map<string, Item>>;

export class Replica {
  #streams = new Map<string, Things>();
  /** Everything on the stream up to this seq is known; missing until the stream was read once. */
  #at = new Map<string, number>();

  open(stream: string): void {
    if (!this.#streams.has(stream)) this.#streams.set(stream, new Map());
  }

  has(stream: string): boolean {
    return this.#streams.has(stream);
  }

  get streams(): string[] {
    return [...this.#streams.keys()];
  }

  /** Where each stream that was read stands. */
  get cursors(): Record<string, number> {
    return Object.fromEntries(this.#at);
  }

  at(stream: string): number | undefined {
    return this.#at.get(stream);
  }

  /** Whether something lies on the stream that we do not know. */
  isBehind(stream: string, head: number): boolean {
    return head > (this.#at.get(stream) ?? Infinity);
  }

  /** Nothing on these streams is missing up to `head`. Returns those whose cursor moved. */
  isUpTo(streams: Iterable<string>, head: number): string[] {
    const moved = [...streams].filter((stream) => this.isBehind(stream, head));
    for (const stream of moved) this.#at.set(stream, head);
    return moved;
  }

  items(stream: string): Item[] {
    return [...(this.#streams.get(stream)?.values() ?? [])].flatMap((kind) => [...kind.values()]);
  }

  /** Everything of a kind, of one stream or whichever brought it; a thing on several streams is one. */
  *of(kind: string, stream?: string): Iterable<Item> {
    const seen = new Set<string>();
    for (const [name, things] of this.#streams) {
      if (stream !== undefined && name !== stream) continue;
      for (const item of things.get(kind)?.values() ?? []) {
        if (!seen.has(item.id)) yield item;
        seen.add(item.id);
      }
    }
  }

  find(kind: string, id: string): Item | undefined {
    for (const things of this.#streams.values()) {
      const item = things.get(kind)?.get(id);
      if (item) return item;
    }
    return undefined;
  }

  /** Put what was read from the beginning in place of what we held. */
  replace(stream: string, read: Iterable<Item>, cursor: number): Change[] {
    const before = this.#streams.get(stream);
    if (!before) return []; // Let go of while it was being read.
    const after: Things = new Map();
    for (const item of read) put(after, item);
    this.#streams.set(stream, after);
    this.#at.set(stream, cursor);
    const changes: Change[] = [];
    for (const item of all(before)) if (!get(after, item)) changes.push(changeOf(stream, "del", item));
    for (const item of all(after)) {
      const old = get(before, item);
      if (old?.ver !== item.ver) changes.push(changeOf(stream, "put", item, !old));
    }
    return changes;
  }

  /** Let go of a stream. Returns what disappears with it. */
  close(stream: string): Change[] {
    const gone = this.items(stream).map((item) => changeOf(stream, "del", item));
    this.#streams.delete(stream);
    this.#at.delete(stream);
    return gone;
  }

  /** Rows from the socket: doubled, late, or with gaps between (rule 2). `applied` are those that counted. */
  receive(rows: readonly Row[]): { changes: Change[]; applied: Row[]; gaps: Set<string> } {
    const gaps = new Set<string>();
    const applied: Row[] = [];
    const changes: Change[] = [];
    for (const row of rows) {
      const at = this.#at.get(row.stream) ?? Infinity;
      if (row.seq <= at) continue;
      if (row.prev > at) {
        gaps.add(row.stream);
        continue;
      }
      this.#at.set(row.stream, row.seq);
      applied.push(row);
      changes.push(...this.#apply(row));
    }
    return { changes, applied, gaps };
  }

  /** The answer of /changes: complete up to `cursor` (rule 4). */
  advance(stream: string, rows: readonly Row[], cursor: number): { changes: Change[]; applied: Row[] } {
    const at = this.#at.get(stream) ?? Infinity;
    const applied = rows.filter((row) => row.seq > at);
    const changes = applied.flatMap((row) => this.#apply(row));
    if (cursor > at) this.#at.set(stream, cursor);
    return { changes, applied };
  }

  #apply(row: Row): Change[] {
    const things = this.#streams.get(row.stream);
    if (!things) return [];
    const before = things.get(row.kind)?.get(row.id);
    if (row.op === "put") {
      const item = { kind: row.kind, id: row.id, ver: row.ver, data: row.data };
      put(things, item);
      return [changeOf(row.stream, "put", item, !before)];
    }
    things.get(row.kind)?.delete(row.id);
    return before ? [changeOf(row.stream, "del", before)] : [];
  }
}

function* all(things: Things): Iterable<Item> {
  for (const kind of things.values()) yield* kind.values();
}

function get(things: Things, { kind, id }: Item): Item | undefined {
  return things.get(kind)?.get(id);
}

function put(things: Things, item: Item): void {
  const kind = things.get(item.kind);
  if (kind) kind.set(item.id, item);
  else things.set(item.kind, new Map([[item.id, item]]));
}

function changeOf(stream: string, op: "put" | "del", { kind, id, data }: Item, isNew = false): Change {
  return { stream, op, kind, id, data, isNew };
}
