/**
 * A phone's copy of the streams it may read, kept equal to the server's: docs/sync.md.
 *
 * A row that follows what we know is applied; one that leaves a gap makes us ask for the changes since; a refusal with
 * 410 makes us read the stream anew. One worker does all that, one thing after the other, so that an answer can never
 * overtake another. Everything is in memory.
 */

import { Problem } from "./api.js";
import { digestOf } from "./digest.js";
import { Replica } from "./replica.js";
import { Socket } from "./socket.js";

/**
 * @typedef {import("./types.js").Item} Item
 * @typedef {import("./types.js").Row} Row
 * @typedef {import("./types.js").Change} Change
 */
/** @typedef {"connecting"|"live"|"offline"} State */
/**
 * @typedef {{changes: Change[], live: boolean, pushed: boolean}} News `live` is false for what a first reading brought,
 *   `pushed` is true for what came over the line by itself.
 */
/**
 * @typedef {{get: (path: string, query: Record<string, any>) => Promise<any>, token: () => string|undefined}} Server
 */

const SLOWEST_RETRY_MS = 30_000;
const PUBLIC = "pub";
const NOT_OURS = [401, 403, 404];

export class Sync {
  /** @type {State} */ state = "connecting";
  /** Whether every stream we want has been read once. */
  ready = false;
  /** Whether the last thing we asked the server for failed. */
  failing = false;
  #held = new Replica();
  /** @type {Set<string>} */ #unread = new Set();
  /** @type {Set<string>} */ #behind = new Set();
  /** What the server writes to us at present; a tick speaks of these alone. @type {Set<string>} */ #joined = new Set();
  /** @type {Row[]} */ #arrived = [];
  /** @type {Set<(news: News) => void>} */ #listeners = new Set();
  #epoch = "";
  #failures = 0;
  #working = false;
  #dialled = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #retry;

  /** @param {Server} server @param {string} [client] how we call ourselves */
  constructor(server, client = "web") {
    this.server = server;
    this.client = client;
    this.socket = new Socket("/sync", {
      onOpen: () => void this.#hello(),
      onEvent: (name, data) => this.#event(name, data),
      onDown: () => this.#become(navigator.onLine ? "connecting" : "offline"),
    });
    addEventListener("offline", () => this.#become("offline"));
    // A line that lived through the cut is as likely dead as alive: a new one costs less than finding out.
    addEventListener("online", () => this.reidentify());
  }

  /**
   * @param {(news: News) => void} fn called after every change, of things or of our own state
   * @returns {() => void} the way to stop
   */
  subscribe(fn) {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** Everything of a kind. @param {string} kind @returns {any[]} */
  list(kind) {
    return this.#held.list(kind);
  }

  /** @param {string} kind @param {string} id @returns {any} undefined when we do not hold it */
  find(kind, id) {
    return this.#held.find(kind, id);
  }

  /** The streams we hold or are about to. */
  get streams() {
    return this.#held.streams;
  }

  /** Hold another stream from now on. @param {string} stream */
  join(stream) {
    if (this.#held.has(stream)) return;
    this.#held.open(stream);
    this.#unread.add(stream);
    this.#work();
  }

  /** Let go of a stream and of everything that came with it. @param {string} stream */
  drop(stream) {
    this.#unread.delete(stream);
    this.#behind.delete(stream);
    this.#tell(this.#held.close(stream), false);
  }

  /** Say hello anew on a new line: as somebody else, after signing in or out, or on another network. */
  reidentify() {
    if (this.#dialled) this.socket.reconnect();
    this.#work();
  }

  /** Hand the socket a fresh token of the same person. */
  renewToken() {
    if (this.state !== "live") return; // The next hello brings it.
    this.socket.call("auth", { token: this.server.token() }).then(
      (ack) => (ack.code ? this.#checkToken() : this.#join(ack.streams)),
      () => {}, // The line went down, and with it the need.
    );
  }

  /**
   * Prove that we hold what the server holds; a difference makes us read the stream anew.
   * @param {string} stream @returns {Promise<{same: boolean, count: number}>}
   */
  async verify(stream) {
    for (let attempt = 1; ; attempt++) {
      const theirs = await this.server.get("/sync/digest", { stream });
      const ours = this.#held.items(stream);
      const same = theirs.count === ours.length && theirs.hash === (await digestOf(ours));
      if (same || attempt === 3) {
        if (!same) this.#readAnew([stream]);
        return { same, count: ours.length };
      }
      // A change between their sum and ours is no difference: catch up, and look again.
      this.#behind.add(stream);
      this.#work();
      while (this.#working) await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #hello() {
    const token = this.server.token();
    try {
      const ack = await this.socket.call("hello", {
        epoch: this.#epoch,
        cursors: this.#held.cursors,
        client: this.client,
        ...(token ? { token } : {}),
      });
      if (ack.code) {
        this.#checkToken();
        return this.socket.retry();
      }
      this.socket.settled();
      this.#become("live");
      if (ack.epoch !== this.#epoch) this.#readAnew(this.#held.streams);
      this.#join(ack.streams);
      // A stream that is ours and was not joined: the token ran out on the way.
      if (this.#held.streams.some((stream) => !(stream in ack.streams))) this.#checkToken();
    } catch {
      // Nobody answered. A line that fell is dialled again by itself, at the time that a `bye` may have named.
      if (this.socket.isUp) this.socket.retry();
    }
  }

  /**
   * One private question: a token that has run out is renewed by it, one that counts no longer signs us out.
   * @returns {Promise<boolean>} whether we are signed in
   */
  async #checkToken() {
    if (!this.server.token()) return false;
    return this.server.get("/me", {}).then(
      () => true,
      () => false,
    );
  }

  /** @param {string} name @param {any} data */
  #event(name, data) {
    if (name === "change") this.#arrived.push(...data);
    else if (name === "tick") this.#tick(data);
    else if (name === "streams") void this.#lose(data);
    else if (name === "bye") this.socket.reconnect(data.retry_after_ms);
    this.#work();
  }

  /** Rights have ended, ours or our token's: what came with them goes. @param {{lost: string[], reason: string}} news */
  async #lose({ lost, reason }) {
    for (const stream of lost) this.#joined.delete(stream);
    for (const stream of lost) this.drop(stream);
    if (!lost.length || !(await this.#checkToken()) || reason !== "token_expired") return;
    // Our token is good again, perhaps since before these words came: the streams are ours as before.
    for (const stream of lost) this.join(stream);
    this.renewToken();
  }

  /** @param {Record<string, number>} heads what the server writes to us from now on, and where each stream stands */
  #join(heads) {
    this.#joined = new Set(Object.keys(heads));
    this.#compare(heads);
  }

  /** A tick that names nothing we miss says that we know everything up to it. @param {{head: number, streams: Record<string, number>}} tick */
  #tick({ head, streams }) {
    this.#compare(streams);
    if (!this.#arrived.length && !this.#behind.size && !this.#unread.size) this.#held.isUpTo(this.#joined, head);
  }

  /** @param {Record<string, number>} heads */
  #compare(heads) {
    for (const [stream, head] of Object.entries(heads)) if (this.#held.isBehind(stream, head)) this.#behind.add(stream);
    this.#work();
  }

  /** @param {string[]} streams */
  #readAnew(streams) {
    for (const stream of streams) this.#unread.add(stream);
    this.#work();
  }

  /** Do what is due; a failure is tried again a little later. */
  async #work() {
    if (this.#working) return;
    this.#working = true;
    clearTimeout(this.#retry);
    let failed = false;
    try {
      while (this.#isDue) await this.#step();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed = true;
    } finally {
      this.#working = false;
    }
    this.#failures = failed ? this.#failures + 1 : 0;
    if (failed) this.#retry = setTimeout(() => this.#work(), this.#backOff());
    this.#mark(failed);
  }

  /** Longer with every failure, and spread, so that a server in trouble is not asked by all phones at once. */
  #backOff() {
    return Math.min(SLOWEST_RETRY_MS, 1000 * 2 ** this.#failures) * (0.5 + Math.random() / 2);
  }

  get #isDue() {
    return this.#unread.size > 0 || !this.#dialled || this.#arrived.length > 0 || this.#behind.size > 0;
  }

  async #step() {
    const [unread] = this.#unread;
    const [behind] = this.#behind;
    if (unread) await this.#orDrop(unread, () => this.#read(unread));
    else if (!this.#dialled) this.#dial();
    else if (this.#arrived.length) this.#take(this.#arrived.splice(0));
    else await this.#orDrop(behind, () => this.#catchUp(behind));
  }

  #dial() {
    this.#dialled = true;
    this.socket.connect();
  }

  /** @param {Row[]} rows */
  #take(rows) {
    const { changes, gaps } = this.#held.receive(rows);
    for (const stream of gaps) this.#behind.add(stream);
    this.#tell(changes, true, true);
  }

  /**
   * A stream that is no longer ours to read is let go, not asked for again and again.
   * @param {string} stream
   * @param {() => Promise<void>} ask
   */
  async #orDrop(stream, ask) {
    try {
      await ask();
    } catch (error) {
      if (stream === PUBLIC || !(error instanceof Problem) || !NOT_OURS.includes(error.status)) throw error;
      this.drop(stream);
    }
  }

  /** Read a stream from the beginning, page by page. @param {string} stream */
  async #read(stream) {
    /** @type {Item[]} */
    const items = [];
    const first = await this.server.get("/sync/snapshot", { streams: stream });
    for (let page = first; ; page = await this.server.get("/sync/snapshot", { streams: stream, cursor: page.next })) {
      items.push(...page.items);
      if (!page.next) break;
    }
    if (this.#epoch && first.epoch !== this.#epoch) this.#readAnew(this.#held.streams);
    this.#epoch = first.epoch;
    this.#unread.delete(stream);
    this.#behind.delete(stream);
    const wasKnown = this.#held.at(stream) !== undefined;
    const changes = this.#held.replace(stream, items, first.cursor);
    this.ready ||= this.#unread.size === 0;
    this.#tell(changes, wasKnown);
  }

  /** @param {string} stream */
  async #catchUp(stream) {
    try {
      for (let more = true; more && this.#held.has(stream);) {
        const tail = await this.server.get("/sync/changes", {
          since: this.#held.at(stream),
          streams: stream,
          limit: 500,
        });
        if (tail.epoch !== this.#epoch) return this.#readAnew(this.#held.streams);
        this.#tell(this.#held.advance(stream, tail.changes, tail.cursor), true);
        more = tail.more;
      }
      this.#behind.delete(stream);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 410) throw error;
      this.#unread.add(stream);
    }
  }

  /** @param {State} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#tell([], false);
  }

  /** @param {boolean} failing */
  #mark(failing) {
    if (this.failing === failing) return;
    this.failing = failing;
    this.#tell([], false);
  }

  /** @param {Change[]} changes @param {boolean} live @param {boolean} [pushed] */
  #tell(changes, live, pushed = false) {
    for (const fn of this.#listeners) fn({ changes, live, pushed });
  }
}
