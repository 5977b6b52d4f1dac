/**
 * A phone's copy of the streams it may read, kept equal to the server's: docs/sync.md.
 *
 * A row that follows what we know is applied; one that leaves a gap makes us ask for the changes since; a refusal with
 * 410 makes us read the stream anew. One worker does all that, one thing after the other, so that an answer can never
 * overtake another. The copy is in memory, and follows on the disk (disk.ts); what the person does waits in the outbox
 * (outbox.ts) and is laid over the copy (overlay.ts) until the server's own rows show it.
 */

import { canDigest, digestOf } from "./digest";
import { Disk } from "./disk";
import type { Bye, Heads, State, Streams, Tick } from "./messages";
import { Outbox } from "./outbox";
import { Overlay } from "./overlay";
import { browser, type Platform } from "./platform";
import { Problem } from "./problem";
import { Replica } from "./replica";
import { Socket } from "./socket";
import { MemoryStore, type Store, type Stored, type StoredStream, type Write } from "./store";
import { isPublic } from "./streams";
import type { Change, Item, LineState, News, Outcome, Pending, ProblemBody, Row, Server } from "./types";

const SLOWEST_RETRY_MS = 30_000;
const PUBLIC = "pub";
const NOT_OURS = [401, 403, 404];
const WRITER = "ronghui.writer";
/** How long to wait for the pen before we read what another tab goes on writing. */
const PEN_MS = 100;
const DAY_MS = 86_400_000;
/** After two differences in a row we look again this late: a fault of the server must not become a flood. */
const SUSPICIOUS_MS = 3_600_000;

interface SnapshotPage {
  epoch: string;
  cursor: number;
  items: (Item & { stream: string })[];
  next: string | null;
}
interface Tail {
  epoch: string;
  changes: Row[];
  cursor: number;
  more: boolean;
}
type Ack = (State & { code?: undefined }) | (ProblemBody & { code: string });

export interface Options {
  server: Server;
  /** Where the copy is kept between two starts; by default nowhere. */
  store?: Store | Promise<Store>;
  platform?: Platform;
  /** How we call ourselves to the server. */
  client?: string;
  /** How long after a reading the digest is compared, at most: phones that read at once must not ask at once. */
  checkWithinMs?: number;
  /** How long a stream is held after the last view has let go of it, so that going back and forth costs nothing. */
  lingerMs?: number;
}

export class Sync {
  state: LineState = "connecting";
  /** Whether every stream we want has been read once, from the server or from the disk. */
  ready = false;
  /** Whether the last thing we asked the server for failed. */
  failing = false;
  /** Resolves when what the disk holds can be read here. */
  readonly opened: Promise<void>;
  readonly #server: Server;
  readonly #platform: Platform;
  readonly #options: Required<Pick<Options, "client" | "checkWithinMs" | "lingerMs">>;
  readonly #socket: Socket;
  readonly #disk: Disk;
  readonly #outbox: Outbox;
  #held = new Replica();
  #overlay: Overlay = new Overlay(this.#held);
  #overlayIsOld = false;
  /** What the disk had of the person who was signed in last, until we are told whether they still are. */
  #theirs: Stored | null = null;
  #unread = new Set<string>();
  #behind = new Set<string>();
  /** What the server writes to us at present; a tick speaks of these alone. */
  #joined = new Set<string>();
  #watched = new Map<string, number>();
  #lingering = new Map<string, ReturnType<typeof setTimeout>>();
  #checked = new Map<string, number>();
  /** How often in a row a stream was found to differ. */
  #differed = new Map<string, number>();
  #checks = new Map<string, ReturnType<typeof setTimeout>>();
  #arrived: Row[] = [];
  #listeners = new Set<(news: News) => void>();
  #user: string | null = null;
  /** For whom the line said hello; undefined while it has not. */
  #saidAs: string | null | undefined;
  /** Changes of person, one after the other. */
  #turn: Promise<void>;
  #isOpen = false;
  /** Whether this tab is the one that writes streams to the disk. */
  #hasPen = false;
  #isEnded = false;
  #epoch = "";
  #failures = 0;
  #job: Promise<void> | null = null;
  #dialled = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #endings: (() => void)[] = [];

  constructor({ server, store = new MemoryStore(), platform = browser(), client = "web", checkWithinMs = 60_000, lingerMs = 60_000 }: Options) {
    this.#server = server;
    this.#platform = platform;
    this.#options = { client, checkWithinMs, lingerMs };
    this.#disk = new Disk(() => this.#tell([], false));
    this.#outbox = new Outbox({
      server,
      disk: this.#disk,
      platform,
      seen: () => (this.#user === null ? undefined : this.#held.at(ownStream(this.#user))),
      changed: () => this.#relay(),
    });
    const handlers = {
      onOpen: () => void this.#hello(),
      onEvent: (name: string, data: unknown) => this.#event(name, data),
      onDown: () => this.#fell(),
    };
    this.#socket = new Socket("/sync", handlers, () => platform.dial());
    this.#endings.push(
      platform.onNetwork((online) => {
        // A line that lived through the cut is as likely dead as alive: a new one costs less than finding out.
        if (online) this.#redial();
        else this.#become("offline");
      }),
    );
    this.#held.open(PUBLIC);
    this.#unread.add(PUBLIC);
    this.opened = this.#open(store);
    this.#turn = this.opened;
  }

  // ── what views read ──

  /** Everything of a kind, with what the person has done laid over it. */
  list<T>(kind: string, stream?: string): T[] {
    return this.#seen.list(kind, stream, this.#user === null ? undefined : ownStream(this.#user)) as T[];
  }

  /** One thing, with what the person has done laid over it. A thing made offline is found by its entry's key too. */
  find<T>(kind: string, id: string): T | undefined {
    return this.#seen.find(kind, this.#names.get(id) ?? id) as T | undefined;
  }

  /** Called after every change, of things or of our own state. Returns the way to stop. */
  subscribe(fn: (news: News) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** Whether the copy survives a restart; "memory" where the disk may not be used, or has failed. */
  get storage(): "disk" | "memory" {
    return this.#disk.kind;
  }

  get outbox(): readonly Pending[] {
    return this.#outbox.pending;
  }

  /** The files of an entry of the outbox, for showing them while they wait. */
  files(key: string): Record<string, Blob> {
    return this.#outbox.files(key);
  }

  // ── what views ask for ──

  /** Hold a stream as long as somebody watches it. Returns the way to let go. */
  watch(stream: string): () => void {
    this.#watched.set(stream, (this.#watched.get(stream) ?? 0) + 1);
    clearTimeout(this.#lingering.get(stream));
    this.#lingering.delete(stream);
    this.#join(stream);
    if (this.state === "live" && !this.#joined.has(stream)) void this.#ask("watch", { stream });
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      const left = (this.#watched.get(stream) ?? 1) - 1;
      if (left > 0) this.#watched.set(stream, left);
      else {
        this.#watched.delete(stream);
        this.#linger(stream);
      }
    };
  }

  /** Do something in the person's name: stored first, then sent until the server has answered. */
  async mutate(name: string, args: Record<string, unknown>, options: { files?: Record<string, Blob> } = {}): Promise<Outcome> {
    const { outcome } = await this.enqueue(name, args, options);
    return outcome;
  }

  /** As `mutate`, but resolves as soon as it is stored, which needs no network. */
  async enqueue(name: string, args: Record<string, unknown>, { files = {} }: { files?: Record<string, Blob> } = {}): Promise<{ key: string; outcome: Promise<Outcome> }> {
    await this.#turn;
    return this.#outbox.add(name, args, files);
  }

  /** Forget a refused entry, after the person has seen why. */
  discard(key: string): Promise<void> {
    return this.#outbox.discard(key);
  }

  /** Prove that we hold what the server holds; a difference makes us read the stream anew. */
  async verify(stream: string): Promise<{ same: boolean; count: number }> {
    for (let attempt = 1; ; attempt++) {
      const theirs = (await this.#server.get("/sync/digest", { stream })) as { count: number; hash: string };
      const ours = this.#held.items(stream);
      const same = theirs.count === ours.length && theirs.hash === (await digestOf(ours));
      if (same || attempt === 3) {
        this.#noteCheck(stream, same);
        if (!same && this.#held.has(stream)) this.#readAnew([stream]);
        return { same, count: ours.length };
      }
      // A change between their sum and ours is no difference: catch up, and look again.
      if (this.#held.has(stream)) this.#behind.add(stream);
      await this.#work();
    }
  }

  /**
   * Say who is signed in: at every start, at every change, and whenever the token is a fresh one. Everything private of
   * the person before goes, from memory at once and from the disk when this resolves.
   * @param options `expired`: the server no longer knows the sign-in. What is private goes, but for the outbox, which
   *   waits for the same person to sign in again.
   */
  signedIn(user: { id: string } | null, { expired = false }: { expired?: boolean } = {}): Promise<void> {
    const id = user?.id ?? null;
    if (id !== this.#user) this.#outbox.halt();
    return (this.#turn = this.#turn.then(() => this.#change(id, expired), () => this.#change(id, expired)));
  }

  /** Delete everything that is kept here, what is public too. What is in memory then comes from the server anew. */
  async erase(): Promise<void> {
    await this.signedIn(null);
    await this.#disk.destroy();
    this.#readAnew(this.#held.streams);
  }

  /** The app is seen again after a while: a line that was silent for too long is replaced without waiting for it. */
  wake(): void {
    if (this.#dialled && this.state === "live" && this.#socket.silence > 35_000) this.#redial();
    this.#outbox.run();
    void this.#work();
  }

  /** Stop for good, as at the end of a test. Nothing is erased. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#socket.end();
    this.#outbox.close();
    clearTimeout(this.#retry);
    for (const timers of [this.#lingering, this.#checks]) for (const timer of timers.values()) clearTimeout(timer);
    for (const end of this.#endings) end();
    await this.#disk.settled();
    this.#disk.close();
  }

  // ── beginning, and changing persons ──

  async #open(store: Store | Promise<Store>): Promise<void> {
    const isFirst = await this.#standInLine();
    const stored = await this.#disk.open(store);
    this.#adopt(stored.streams.filter(({ name }) => isPublic(name)));
    this.#theirs = stored;
    this.#isOpen = true;
    if (this.#hasPen) this.#disk.lead(isFirst ? [] : this.#everything());
    // What no view asks for in a while would be kept, and never corrected.
    for (const stream of this.#held.streams) if (!this.#watched.has(stream)) this.#linger(stream);
    if (this.#isEnded) return;
    void this.#work();
  }

  /** Stand in line for the pen. Resolves to whether it is ours at once: then the disk is as we shall have read it. */
  #standInLine(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), PEN_MS);
      const ours = (): void => {
        clearTimeout(timer);
        resolve(true);
        this.#hasPen = true;
        // Later than that, another tab has written what we have not read.
        if (this.#isOpen) this.#disk.lead(this.#everything());
      };
      this.#endings.push(this.#platform.lead(WRITER, ours));
    });
  }

  /** Take over what the disk has: it is read from now on, and caught up with like anything else. */
  #adopt(streams: StoredStream[]): void {
    for (const { name, epoch, at, checked, items } of streams) {
      if (this.#held.at(name) !== undefined) continue;
      this.#epoch ||= epoch;
      this.#held.open(name);
      const changes = this.#held.replace(name, items, at);
      // Of another history it may be shown, but not continued.
      if (epoch === this.#epoch) this.#unread.delete(name);
      else this.#unread.add(name);
      this.#checked.set(name, checked);
      this.#checkSoon(name, Math.max(0, checked + DAY_MS - Date.now()));
      this.#tell(changes, false);
    }
    this.#isReady();
  }

  async #change(id: string | null, expired: boolean): Promise<void> {
    const theirs = this.#theirs;
    this.#theirs = null;
    if (id === this.#user && !theirs) {
      if (id !== null) await this.#renewToken();
      return;
    }
    const before = this.#user;
    if (before !== null && before !== id) {
      for (const stream of this.#held.streams) if (!isPublic(stream)) this.#drop(stream);
      this.#outbox.leave();
    }
    this.#user = id;
    if (!theirs || theirs.person !== id) await this.#disk.become(id, expired);
    if (id !== null) {
      if (theirs?.person === id) this.#adopt(theirs.streams.filter(({ name }) => !isPublic(name)));
      this.#join(ownStream(id));
      await this.#outbox.open();
    }
    if (this.#saidAs !== undefined && this.#saidAs !== id) this.#redial();
    void this.#work();
  }

  #linger(stream: string): void {
    if (this.#isOwn(stream)) return;
    clearTimeout(this.#lingering.get(stream));
    const letGo = (): void => {
      this.#lingering.delete(stream);
      if (this.state === "live" && this.#joined.has(stream)) void this.#ask("unwatch", { stream });
      this.#drop(stream);
    };
    this.#lingering.set(stream, setTimeout(letGo, this.#options.lingerMs));
  }

  #isOwn(stream: string): boolean {
    return stream === PUBLIC || (this.#user !== null && stream === ownStream(this.#user));
  }

  #join(stream: string): void {
    if (this.#held.has(stream)) return;
    this.#held.open(stream);
    this.#unread.add(stream);
    void this.#work();
  }

  /** Let go of a stream and of everything that came with it. */
  #drop(stream: string): void {
    this.#unread.delete(stream);
    this.#behind.delete(stream);
    clearTimeout(this.#checks.get(stream));
    this.#disk.save([{ type: "forget", stream }]);
    this.#tell(this.#held.close(stream), false);
  }

  // ── the line ──

  /** Say hello anew on a new line: as somebody else, or on another network. */
  #redial(): void {
    if (this.#dialled) this.#socket.reconnect();
    this.#outbox.run();
    void this.#work();
  }

  #fell(): void {
    this.#saidAs = undefined;
    this.#joined.clear();
    this.#become(this.#platform.isOnline() ? "connecting" : "offline");
  }

  /** Hand the server a fresh token of the same person. */
  async #renewToken(): Promise<void> {
    const token = this.#server.token();
    this.#outbox.run();
    if (this.state === "live" && token) await this.#ask("auth", { token }); // Otherwise the next hello brings it.
  }

  async #ask(name: string, data: unknown): Promise<void> {
    try {
      const ack = (await this.#socket.call(name, data)) as Ack;
      if (ack.code !== undefined) await this.#checkToken();
      else this.#nowWrites(ack.streams);
    } catch {
      // The line went down, and with it the need.
    }
  }

  async #hello(): Promise<void> {
    const token = this.#server.token();
    const as = this.#user;
    // What is to be read anew has no place in this history.
    const cursors = Object.entries(this.#held.cursors).filter(([stream]) => !this.#unread.has(stream));
    try {
      this.#saidAs = as;
      const ack = (await this.#socket.call("hello", {
        epoch: this.#epoch,
        cursors: Object.fromEntries(cursors),
        client: { name: this.#options.client },
        ...(token ? { token } : {}),
      })) as Ack;
      if (ack.code !== undefined) {
        void this.#checkToken();
        return this.#socket.retry();
      }
      this.#socket.settled();
      this.#become("live");
      if (ack.epoch !== this.#epoch) this.#readAnew(this.#held.streams);
      this.#nowWrites(ack.streams);
      for (const stream of this.#watched.keys()) if (!(stream in ack.streams)) void this.#ask("watch", { stream });
      // A stream that is ours and was not joined: the token ran out on the way.
      if (as !== null && !(ownStream(as) in ack.streams)) void this.#checkToken();
      this.#outbox.run();
    } catch {
      // Nobody answered. A line that fell is dialled again by itself, at the time that a `bye` may have named.
      if (this.#socket.isUp) this.#socket.retry();
    }
  }

  /** One private question: a token that has run out is renewed by it, one that counts no longer signs us out. */
  async #checkToken(): Promise<boolean> {
    if (!this.#server.token()) return false;
    return this.#server.get("/me", {}).then(
      () => true,
      () => false,
    );
  }

  #event(name: string, data: unknown): void {
    if (name === "change") this.#arrived.push(...(data as Row[]));
    else if (name === "tick") this.#tick(data as Tick);
    else if (name === "streams") void this.#lose(data as Streams);
    else if (name === "bye") this.#socket.reconnect((data as Bye).retry_after_ms);
    void this.#work();
  }

  /** Rights have ended, ours or our token's: what came with them goes (rule 7). */
  async #lose({ lost, reason }: Streams): Promise<void> {
    for (const stream of lost) this.#joined.delete(stream);
    for (const stream of lost) this.#drop(stream);
    const user = this.#user;
    if (!lost.length || !(await this.#checkToken()) || reason !== "token_expired" || user !== this.#user) return;
    // Our token is good again, perhaps since before these words came: the streams are ours as before.
    for (const stream of lost) if (this.#isOwn(stream) || this.#watched.has(stream)) this.#join(stream);
    await this.#renewToken();
  }

  /** What the server writes to us from now on, and where each stream stands. */
  #nowWrites(heads: Heads): void {
    this.#joined = new Set(Object.keys(heads));
    // Our own may have been lost with a token that had run out, and is back with a fresh one.
    for (const stream of this.#joined) if (this.#isOwn(stream)) this.#join(stream);
    this.#compare(heads);
  }

  /** A tick that names nothing we miss says that we know everything up to it (rule 3). */
  #tick({ head, streams }: Tick): void {
    this.#compare(streams);
    if (this.#arrived.length || this.#behind.size || this.#unread.size) return;
    this.#disk.save(this.#held.isUpTo(this.#joined, head).map((stream) => this.#cursorOf(stream)));
    this.#outbox.settle();
  }

  #compare(heads: Heads): void {
    for (const [stream, head] of Object.entries(heads)) if (this.#held.isBehind(stream, head)) this.#behind.add(stream);
    void this.#work();
  }

  #readAnew(streams: string[]): void {
    for (const stream of streams) this.#unread.add(stream);
    void this.#work();
  }

  // ── the worker ──

  /** Do what is due; a failure is tried again a little later. Resolves when nothing is due, or it failed. */
  #work(): Promise<void> {
    if (!this.#isOpen || this.#isEnded) return Promise.resolve();
    return (this.#job ??= this.#doDue().finally(() => (this.#job = null)));
  }

  async #doDue(): Promise<void> {
    clearTimeout(this.#retry);
    let failed = false;
    try {
      // Whoever asked for this has not finished speaking: what comes in one breath is one job.
      await null;
      while (this.#isDue && !this.#isEnded) await this.#step();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed = true;
    }
    this.#failures = failed ? this.#failures + 1 : 0;
    if (failed && !this.#isEnded) this.#retry = setTimeout(() => void this.#work(), this.#backOff());
    this.#mark(failed);
  }

  /** Longer with every failure, and spread, so that a server in trouble is not asked by all phones at once. */
  #backOff(): number {
    return Math.min(SLOWEST_RETRY_MS, 1000 * 2 ** this.#failures) * (0.5 + Math.random() / 2);
  }

  get #isDue(): boolean {
    return this.#unread.size > 0 || !this.#dialled || this.#arrived.length > 0 || this.#behind.size > 0;
  }

  async #step(): Promise<void> {
    const [unread] = this.#unread;
    const [behind] = this.#behind;
    // What is on the disk is shown meanwhile, so the line comes first where there is something to go on from.
    if (!this.#dialled && (unread === undefined || this.ready)) this.#dial();
    else if (unread !== undefined) await this.#orDrop(unread, () => this.#read(unread));
    else if (this.#arrived.length) this.#take(this.#arrived.splice(0));
    else if (behind !== undefined) await this.#orDrop(behind, () => this.#catchUp(behind));
  }

  #dial(): void {
    this.#dialled = true;
    this.#socket.connect();
  }

  #take(rows: Row[]): void {
    const { changes, applied, gaps } = this.#held.receive(rows);
    for (const stream of gaps) if (!this.#unread.has(stream)) this.#behind.add(stream);
    this.#keep(applied);
    this.#tell(changes, true, true);
    this.#outbox.settle();
  }

  /** A stream that is no longer ours to read is let go, not asked for again and again. */
  async #orDrop(stream: string, ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (error) {
      if (stream === PUBLIC || !(error instanceof Problem) || !NOT_OURS.includes(error.status)) throw error;
      this.#drop(stream);
    }
  }

  /** Read a stream from the beginning, page by page (rule 1). */
  async #read(stream: string): Promise<void> {
    const items: Item[] = [];
    const first = (await this.#server.get("/sync/snapshot", { streams: stream })) as SnapshotPage;
    for (let page = first; ; ) {
      items.push(...page.items.map(({ kind, id, ver, data }) => ({ kind, id, ver, data })));
      if (!page.next) break;
      page = (await this.#server.get("/sync/snapshot", { streams: stream, cursor: page.next })) as SnapshotPage;
    }
    if (!this.#unread.has(stream)) return; // Let go of while it was being read.
    if (this.#epoch !== first.epoch) this.#enter(first.epoch);
    this.#unread.delete(stream);
    this.#behind.delete(stream);
    const wasKnown = this.#held.at(stream) !== undefined;
    const changes = this.#held.replace(stream, items, first.cursor);
    const puts: Write[] = items.map((item) => ({ type: "put", stream, item }));
    this.#disk.save([{ type: "forget", stream }, ...puts, this.#cursorOf(stream)]);
    this.#checkSoon(stream, (this.#differed.get(stream) ?? 0) > 1 ? SUSPICIOUS_MS : 0);
    this.#isReady();
    this.#tell(changes, wasKnown);
    this.#outbox.settle();
  }

  /** Another history: of the one before we only show what we have until we have read the new one. */
  #enter(epoch: string): void {
    const hadOther = this.#epoch !== "";
    this.#epoch = epoch;
    if (!hadOther) return;
    this.#readAnew(this.#held.streams);
    void this.#outbox.forgetAnswers().catch(() => {});
  }

  /** Ask for what came after our cursor (rule 4). */
  async #catchUp(stream: string): Promise<void> {
    try {
      for (let more = true; more && this.#held.has(stream); ) {
        const query = { since: this.#held.at(stream), streams: stream, epoch: this.#epoch, limit: 500 };
        const tail = (await this.#server.get("/sync/changes", query)) as Tail;
        if (!this.#held.has(stream)) return;
        const { changes, applied } = this.#held.advance(stream, tail.changes, tail.cursor);
        this.#keep(applied, stream);
        this.#tell(changes, true);
        more = tail.more;
      }
      this.#behind.delete(stream);
      this.#outbox.settle();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 410) throw error;
      this.#behind.delete(stream);
      this.#unread.add(stream);
    }
  }

  // ── the disk ──

  /** Rows that counted, and where their streams stand now, in one transaction. */
  #keep(rows: readonly Row[], stream?: string): void {
    const streams = new Set(rows.map((row) => row.stream));
    if (stream !== undefined) streams.add(stream);
    const writes = rows.map((row): Write => {
      const { stream, kind, id, ver, data } = row;
      return row.op === "put" ? { type: "put", stream, item: { kind, id, ver, data } } : { type: "del", stream, kind, id };
    });
    this.#disk.save([...writes, ...[...streams].map((name) => this.#cursorOf(name))]);
  }

  #cursorOf(stream: string): Write {
    const at = this.#held.at(stream) ?? 0;
    return { type: "cursor", stream, epoch: this.#epoch, at, checked: this.#checked.get(stream) ?? 0 };
  }

  /** The whole copy, for a tab that begins to write where another has ended. */
  #everything(): Write[] {
    const known = this.#held.streams.filter((stream) => this.#held.at(stream) !== undefined && !this.#unread.has(stream));
    return known.flatMap((stream) => [
      { type: "forget", stream } as const,
      ...this.#held.items(stream).map((item) => ({ type: "put", stream, item }) as const),
      this.#cursorOf(stream),
    ]);
  }

  // ── digests ──

  /** Compare a stream's digest in a while, drawn at random; again every day. */
  #checkSoon(stream: string, afterMs = 0): void {
    if (!canDigest) return;
    clearTimeout(this.#checks.get(stream));
    const wait = afterMs + Math.random() * this.#options.checkWithinMs;
    this.#checks.set(stream, setTimeout(() => void this.#check(stream), wait));
  }

  async #check(stream: string): Promise<void> {
    if (!this.#held.has(stream) || this.#isEnded) return;
    try {
      await this.verify(stream);
    } catch {
      this.#checkSoon(stream, SUSPICIOUS_MS); // No answer is no difference.
    }
  }

  #noteCheck(stream: string, same: boolean): void {
    if (!this.#held.has(stream) || this.#held.at(stream) === undefined) return;
    this.#checked.set(stream, same ? Date.now() : 0);
    if (same) {
      this.#differed.delete(stream);
      this.#disk.save([this.#cursorOf(stream)]);
      this.#checkSoon(stream, DAY_MS);
    } else {
      this.#differed.set(stream, (this.#differed.get(stream) ?? 0) + 1);
      console.warn(`sync: ${stream} differed from the server's and is read anew`);
    }
  }

  // ── telling ──

  get #seen(): Overlay {
    if (!this.#overlayIsOld) return this.#overlay;
    this.#overlayIsOld = false;
    return (this.#overlay = new Overlay(this.#held, this.#outbox.hoped, (key) => this.#outbox.isSending(key)));
  }

  /** Names under which things were known before the server gave them theirs. */
  #names = new Map<string, string>();

  /** The outbox has changed: what is laid over the copy is another. */
  #relay(): void {
    for (const { key, outcome } of this.#outbox.hoped) if (outcome?.id) this.#names.set(key, outcome.id);
    const before = this.#seen;
    this.#overlayIsOld = true;
    this.#tell(this.#seen.changesSince(before, this.#user === null ? "" : ownStream(this.#user)), false);
  }

  #isReady(): void {
    this.ready ||= this.#unread.size === 0;
  }

  #become(state: LineState): void {
    if (this.state === state) return;
    this.state = state;
    this.#tell([], false);
  }

  #mark(failing: boolean): void {
    if (this.failing === failing) return;
    this.failing = failing;
    this.#tell([], false);
  }

  #tell(changes: Change[], live: boolean, pushed = false): void {
    if (changes.length) this.#overlayIsOld = true;
    if (this.#isEnded) return;
    for (const fn of this.#listeners) fn({ changes, live, pushed });
  }
}

function ownStream(person: string): string {
  return `user:${person}`;
}
