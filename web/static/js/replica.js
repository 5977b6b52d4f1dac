/** What a phone holds of its streams, and how rows change it. Knows no network. */

/**
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Row} Row
 * @typedef {import("./types.js").Change} Change
 */

export class Replica {
  /** @type {Map<string, Map<string, Item>>} */ #streams = new Map();
  /**
   * Everything on the stream up to this seq is known; missing until the stream was read once.
   * @type {Map<string, number>}
   */
  #at = new Map();

  /** @param {string} stream */
  open(stream) {
    if (!this.#streams.has(stream)) this.#streams.set(stream, new Map());
  }

  /** @param {string} stream */
  has(stream) {
    return this.#streams.has(stream);
  }

  get streams() {
    return [...this.#streams.keys()];
  }

  /** Where each stream that was read stands. */
  get cursors() {
    return Object.fromEntries(this.#at);
  }

  /** @param {string} stream */
  at(stream) {
    return this.#at.get(stream);
  }

  /** Whether something lies on the stream that we do not know. @param {string} stream @param {number} head */
  isBehind(stream, head) {
    return head > (this.#at.get(stream) ?? Infinity);
  }

  /** Nothing on these streams is missing up to `head`. @param {Iterable<string>} streams @param {number} head */
  isUpTo(streams, head) {
    for (const stream of streams) if (this.isBehind(stream, head)) this.#at.set(stream, head);
  }

  /** @param {string} stream @returns {Item[]} */
  items(stream) {
    return [...(this.#streams.get(stream)?.values() ?? [])];
  }

  /** Everything of a kind, whichever stream brought it. @param {string} kind @returns {any[]} */
  list(kind) {
    /** @type {Map<string, any>} */
    const found = new Map();
    for (const items of this.#streams.values()) {
      for (const item of items.values()) if (item.kind === kind) found.set(item.id, item.data);
    }
    return [...found.values()];
  }

  /** @param {string} kind @param {string} id @returns {any} undefined when we do not hold it */
  find(kind, id) {
    for (const items of this.#streams.values()) {
      const item = items.get(keyOf({ kind, id }));
      if (item) return item.data;
    }
    return undefined;
  }

  /**
   * Put what was read from the beginning in place of what we held.
   * @param {string} stream
   * @param {Item[]} read
   * @param {number} cursor
   * @returns {Change[]}
   */
  replace(stream, read, cursor) {
    const before = this.#streams.get(stream);
    if (!before) return []; // Let go of while it was being read.
    const after = new Map(read.map((item) => [keyOf(item), item]));
    this.#streams.set(stream, after);
    this.#at.set(stream, cursor);
    const gone = [...before].filter(([key]) => !after.has(key)).map(([, item]) => changeOf(stream, "del", item));
    const put = [...after]
      .filter(([key, item]) => before.get(key)?.ver !== item.ver)
      .map(([key, item]) => changeOf(stream, "put", item, !before.has(key)));
    return [...gone, ...put];
  }

  /** @param {string} stream @returns {Change[]} what disappears with it */
  close(stream) {
    const gone = this.items(stream).map((item) => changeOf(stream, "del", item));
    this.#streams.delete(stream);
    this.#at.delete(stream);
    return gone;
  }

  /**
   * Rows from the socket: doubled, late, or with gaps between.
   * @param {Row[]} rows
   * @returns {{changes: Change[], gaps: Set<string>}}
   */
  receive(rows) {
    /** @type {Set<string>} */
    const gaps = new Set();
    const changes = rows.flatMap((row) => {
      const at = this.#at.get(row.stream) ?? Infinity;
      if (row.seq <= at) return [];
      if (row.prev > at) {
        gaps.add(row.stream);
        return [];
      }
      this.#at.set(row.stream, row.seq);
      return this.#apply(row);
    });
    return { changes, gaps };
  }

  /**
   * The answer of /changes: complete up to `cursor`.
   * @param {string} stream
   * @param {Row[]} rows
   * @param {number} cursor
   * @returns {Change[]}
   */
  advance(stream, rows, cursor) {
    const at = this.#at.get(stream) ?? Infinity;
    const changes = rows.filter((row) => row.seq > at).flatMap((row) => this.#apply(row));
    if (cursor > at) this.#at.set(stream, cursor);
    return changes;
  }

  /** @param {Row} row @returns {Change[]} */
  #apply(row) {
    const items = this.#streams.get(row.stream);
    if (!items) return [];
    const before = items.get(keyOf(row));
    if (row.op === "put") {
      const item = { kind: row.kind, id: row.id, ver: row.ver, data: row.data };
      items.set(keyOf(row), item);
      return [changeOf(row.stream, "put", item, !before)];
    }
    items.delete(keyOf(row));
    return before ? [changeOf(row.stream, "del", before)] : [];
  }
}

/** @param {{kind: string, id: string}} item */
function keyOf({ kind, id }) {
  return `${kind}/${id}`;
}

/**
 * @param {string} stream
 * @param {"put"|"del"} op
 * @param {Item} item
 * @param {boolean} [isNew]
 * @returns {Change}
 */
function changeOf(stream, op, { kind, id, data }, isNew = false) {
  return { stream, op, kind, id, data, isNew };
}
