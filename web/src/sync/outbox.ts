/**
 * What a person wants done, until the server has answered and the answer's effect has been seen (rule 10).
 *
 * An entry is stored before anything else happens to it. It is numbered, and the number stored, just before it is
 * first sent: what is refused on the way (a picture nobody takes) leaves no gap. The same number is sent until it is
 * answered, and the server answers a number once, so a kill at any point neither loses nor doubles it.
 */

import type { Disk } from "./disk";
import type { Platform } from "./platform";
import { Problem } from "./problem";
import { NotTheirs, type Client, type Entry, type StoredFile, type Write } from "./store";
import type { Outcome, Pending, Server } from "./types";

const MOST_AT_ONCE = 20;
const FIRST_RETRY_MS = 1000;
const SLOWEST_RETRY_MS = 30_000;
const LOCK = "ronghui.outbox";
/** A file is named in the arguments by this and its name, until it has an id. */
const FILE = "file:";

interface Host {
  server: Server;
  disk: Disk;
  platform: Platform;
  /** Up to where the person's stream is known; undefined while it is not held. */
  seen(): number | undefined;
  /** Called after every change of the entries. */
  changed(): void;
}
type Word = { type: "outbox" } | { type: "outcome"; key: string; outcome: Outcome };

export class Outbox {
  #entries: Entry[] = [];
  /** The same array until something has changed, so that views need not look closer. */
  #shown: readonly Pending[] | null = null;
  #clients: Client[] = [];
  #sending = new Set<string>();
  #waiters = new Map<string, { resolve(outcome: Outcome): void; reject(error: Error): void }>();
  #running = false;
  #again = false;
  #isHalted = true;
  #isClosed = false;
  #adding: Promise<void> = Promise.resolve();
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #channel: { post(message: unknown): void; close(): void };

  constructor(readonly host: Host) {
    this.#channel = host.platform.channel(LOCK, (word) => void this.#hear(word as Word));
  }

  /** What has not been applied yet, in order. */
  get pending(): readonly Pending[] {
    return (this.#shown ??= this.#mine.flatMap((entry) => (entry.state === "applied" ? [] : [this.#show(entry, entry.state)])));
  }

  /** What the person should see as done: everything that was not refused. */
  get hoped(): readonly Entry[] {
    return this.#mine.filter(({ state }) => state !== "refused");
  }

  isSending(key: string): boolean {
    return this.#sending.has(key);
  }

  /** Read the person's entries from the store, and send what waits. */
  async open(): Promise<void> {
    await this.#reload();
    this.#isHalted = false;
    this.run();
  }

  /** Store an entry; what is returned resolves when it is stored, its `outcome` when the server has answered. */
  async add(name: string, args: Record<string, unknown>, files: Record<string, Blob>): Promise<{ key: string; outcome: Promise<Outcome> }> {
    const person = this.host.disk.person;
    if (person === null) throw new Problem(401, { code: "unauthenticated", detail: "请先登录。" });
    const key = randomKey();
    const entry = { key, person, name, args: JSON.parse(JSON.stringify(args)) as typeof args, at: new Date().toISOString(), client: "", mid: 0, state: "waiting" } as const;
    // One after the other: what was wanted first is stored first, however large its pictures are.
    const stored = this.#adding.then(async () => {
      const order = 1 + Math.max(0, ...this.#entries.map((one) => one.order));
      const bytes = await Promise.all(Object.entries(files).map(([file, blob]) => storedFile(file, blob)));
      await this.#keep([{ ...entry, order, files: bytes }]);
    });
    this.#adding = stored.catch(() => {});
    await stored;
    const outcome = new Promise<Outcome>((resolve, reject) => this.#waiters.set(key, { resolve, reject }));
    outcome.catch(() => {}); // Whoever does not wait for it need not hear that somebody signed out.
    this.run();
    return { key, outcome };
  }

  /** Forget a refused entry. */
  async discard(key: string): Promise<void> {
    const entry = this.#entries.find((one) => one.key === key);
    if (entry?.state !== "refused") return;
    await this.#drop([entry]);
  }

  /** The files of an entry, for showing them while they wait. */
  files(key: string): Record<string, Blob> {
    const files = this.#entries.find((entry) => entry.key === key)?.files ?? [];
    return Object.fromEntries(files.map(({ name, type, bytes }) => [name, new Blob([bytes], { type })]));
  }

  /** The person's stream has moved: what is seen there need not be laid over it any more. */
  settle(): void {
    const seen = this.host.seen() ?? -1;
    const done = this.#mine.filter(({ state, outcome }) => state === "applied" && (outcome?.seq ?? 0) <= seen);
    if (done.length) void this.#drop(done).catch(ignoreLeaving);
  }

  /** The server's history is another one: what it has answered and we have not seen may be lost with the old one. */
  async forgetAnswers(): Promise<void> {
    const answered = this.#mine.filter(({ state }) => state === "applied");
    if (answered.length) await this.#keep(answered.map(waitingAgain));
    this.run();
  }

  /** The person has left. */
  leave(): void {
    this.halt();
    this.#entries = [];
    this.#clients = [];
    this.#sending.clear();
    for (const { reject } of this.#waiters.values()) reject(new Problem(0, { code: "signed_out" }, "refused"));
    this.#waiters.clear();
    this.#changed();
    this.#channel.post({ type: "outbox" } satisfies Word);
  }

  /** Somebody else is about to be signed in: not a word more in this person's name. */
  halt(): void {
    this.#isHalted = true;
    clearTimeout(this.#retry);
  }

  close(): void {
    this.halt();
    this.#isClosed = true;
    this.#channel.close();
  }

  /** Send what waits, unless that is going on already. */
  run(): void {
    if (this.#running) {
      this.#again = true;
      return;
    }
    if (this.#isHalted || !this.#waiting.length || !this.host.server.token()) return;
    this.#running = true;
    clearTimeout(this.#retry);
    void this.host.platform
      .alone(LOCK, () => this.#send())
      .then(() => (this.#failures = 0), (error: unknown) => this.#failed(error))
      .finally(() => {
        this.#running = false;
        this.#sending.clear();
        this.#changed();
        if (!this.#again) return;
        this.#again = false;
        this.run();
      });
  }

  #failed(error: unknown): void {
    // Signed out here or in another tab, or a token that counts no longer: the next sign-in goes on.
    if (this.#isHalted || error instanceof NotTheirs || (error instanceof Problem && error.status === 401)) return;
    if (!(error instanceof Problem)) console.error(error);
    const wait = Math.min(SLOWEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.run(), wait);
  }

  get #mine(): Entry[] {
    return this.#entries.filter(({ person }) => person === this.host.disk.person);
  }

  get #waiting(): Entry[] {
    return this.#mine.filter(({ state }) => state === "waiting");
  }

  /** Under the lock: no other tab numbers or sends meanwhile. */
  async #send(): Promise<void> {
    await this.#reload(); // Another tab may have sent some of it.
    let most = MOST_AT_ONCE;
    for (let gaps = 0; !this.#isHalted; ) {
      const batch = await this.#prepare(most);
      if (!batch.length) return;
      try {
        await this.#post(batch);
        gaps = 0;
      } catch (error) {
        if (!(error instanceof Problem) || error.isPassing || error.status === 401) throw error;
        if (error.code === "mid_gap" && gaps++ < 3) await this.#heal(batch[0]!.client, Number(error.body.expected));
        // The server takes none of it as it is. One by one, so that a bad entry does not hold up the others.
        else if (batch.length > 1) most = 1;
        else await this.#refuse(batch[0]!, error);
      }
    }
  }

  /** The next entries that can be sent together, their files already there, numbered. */
  async #prepare(most: number): Promise<Entry[]> {
    const batch: Entry[] = [];
    for (const first of this.#waiting.slice(0, most)) {
      const filesLeft = first.files.some(({ media }) => !media);
      if (filesLeft && batch.length) break;
      this.#sending.add(first.key);
      this.#changed();
      const entry = filesLeft ? await this.#upload(first) : first;
      if (!entry) continue;
      if (batch[0] && entry.client && entry.client !== batch[0].client) break;
      batch.push(entry);
    }
    return this.#number(batch);
  }

  /** Send an entry's files; each is noted as soon as it is there. Null when the server will not have one. */
  async #upload(entry: Entry): Promise<Entry | null> {
    for (const [i, file] of entry.files.entries()) {
      if (file.media) continue;
      this.#demandTheirs([entry]);
      try {
        const { id } = await this.host.server.upload(blobOf(file), `${entry.key}.${i}`);
        entry = { ...entry, files: entry.files.map((one, j) => (i === j ? { ...one, media: id } : one)) };
      } catch (error) {
        if (!(error instanceof Problem) || error.isPassing || error.status === 401) throw error;
        await this.#refuse(entry, error);
        return null;
      }
      await this.#keep([entry]);
    }
    return entry;
  }

  async #number(batch: Entry[]): Promise<Entry[]> {
    const bare = batch.filter(({ mid }) => mid === 0);
    if (!bare.length) return batch;
    const person = bare[0]!.person;
    const before = this.#clients.find((one) => one.person === person) ?? { person, id: randomKey(), next: 1 };
    // A batch has one sender. Entries that were numbered before a disk broke keep the sender they had.
    if (batch.some(({ client, mid }) => mid > 0 && client !== before.id)) return batch.filter(({ mid }) => mid > 0);
    const client = { ...before, next: before.next + bare.length };
    const numbered = bare.map((entry, i) => ({ ...entry, client: client.id, mid: before.next + i }));
    await this.#keep(numbered, client);
    return batch.map((entry) => numbered.find(({ key }) => key === entry.key) ?? entry);
  }

  async #post(batch: Entry[]): Promise<void> {
    const mutations = batch.map((entry) => ({ mid: entry.mid, name: entry.name, args: withFiles(entry) }));
    const body = { client_id: batch[0]!.client, mutations };
    this.#demandTheirs(batch);
    const answers = (await this.host.server.post("/sync/mutations", body)) as Outcome[];
    const answered = batch.flatMap((entry) => {
      const outcome = answers.find(({ mid }) => mid === entry.mid);
      return outcome ? [{ ...entry, state: outcome.status, outcome }] : [];
    });
    if (!answered.length) throw new Problem(502, {}, "server");
    await this.#keep(answered);
    for (const { key, outcome } of answered) this.#answer(key, outcome);
    for (const { key } of answered) this.#sending.delete(key);
    this.settle();
  }

  /** The server waits for an earlier number than we have: its history is shorter than ours. From there on, anew. */
  async #heal(client: string, expected: number): Promise<void> {
    const unknown = this.#mine.filter((entry) => entry.client === client && entry.mid >= expected && entry.state !== "refused");
    const renumbered = unknown.map((entry, i) => ({ ...waitingAgain(entry), mid: expected + i }));
    const counter = this.#clients.find(({ id }) => id === client);
    await this.#keep(renumbered, counter && { ...counter, next: expected + renumbered.length });
  }

  /** Refused before the server has counted it: its number, if it has one, goes to the next. */
  async #refuse(entry: Entry, { status, body }: Problem): Promise<void> {
    const outcome: Outcome = { mid: 0, status: "refused", problem: { status, ...body } };
    if (body.code) outcome.code = body.code;
    const refused: Entry = { ...entry, client: "", mid: 0, state: "refused", outcome };
    const counter = this.#clients.find(({ id }) => id === entry.client);
    const later = entry.mid ? this.#mine.filter(({ client, mid }) => client === entry.client && mid > entry.mid) : [];
    const moved = later.map((one) => ({ ...one, mid: one.mid - 1 }));
    await this.#keep([refused, ...moved], entry.mid && counter ? { ...counter, next: counter.next - 1 } : undefined);
    this.#sending.delete(entry.key);
    this.#answer(entry.key, outcome);
  }

  #answer(key: string, outcome: Outcome): void {
    this.#waiters.get(key)?.resolve(outcome);
    this.#waiters.delete(key);
    this.#channel.post({ type: "outcome", key, outcome } satisfies Word);
  }

  /** Store entries as they are now, with the counter if that has moved; then show them. */
  async #keep(entries: Entry[], client?: Client): Promise<void> {
    const writes: Write[] = entries.map((entry) => ({ type: "entry", entry }));
    if (client) writes.push({ type: "client", client });
    this.#demandTheirs(entries);
    await this.host.disk.commit(writes, this.#entries);
    const kept = new Map(entries.map((entry) => [entry.key, entry]));
    const others = this.#entries.filter(({ key }) => !kept.has(key));
    this.#entries = inOrder([...others, ...entries]);
    if (client) this.#clients = [...this.#clients.filter(({ person }) => person !== client.person), client];
    this.#moved();
  }

  async #drop(entries: Entry[]): Promise<void> {
    // At once, so that nobody settles or discards them twice while the disk is asked.
    this.#entries = this.#entries.filter((entry) => !entries.includes(entry));
    this.#moved();
    await this.host.disk.commit(entries.map(({ key }) => ({ type: "done", key })), this.#entries);
    this.#channel.post({ type: "outbox" } satisfies Word);
  }

  /** @throws NotTheirs when somebody else is signed in by now, or about to be */
  #demandTheirs(entries: readonly Entry[]): void {
    if (this.#isHalted || entries.some(({ person }) => person !== this.host.disk.person)) throw new NotTheirs();
  }

  #moved(): void {
    this.#changed();
    this.#channel.post({ type: "outbox" } satisfies Word);
  }

  #changed(): void {
    this.#shown = null;
    this.host.changed();
  }

  async #reload(): Promise<void> {
    if (this.#isClosed) return;
    const { entries, clients } = await this.host.disk.loadOutbox(this.#entries);
    this.#entries = inOrder(entries);
    this.#clients = clients;
    this.#changed();
  }

  async #hear(word: Word): Promise<void> {
    if (word.type === "outbox") return this.#running ? undefined : this.#reload();
    this.#waiters.get(word.key)?.resolve(word.outcome);
    this.#waiters.delete(word.key);
  }

  #show({ key, name, args, at, outcome }: Entry, state: "waiting" | "refused"): Pending {
    const shown = state === "waiting" && this.#sending.has(key) ? "sending" : state;
    return { key, name, args, at, state: shown, ...(outcome?.problem ? { problem: outcome.problem } : {}) };
  }
}

function inOrder(entries: Entry[]): Entry[] {
  return entries.sort((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1));
}

function waitingAgain(entry: Entry): Entry {
  const { outcome: _, ...rest } = entry;
  return { ...rest, state: "waiting" };
}

function ignoreLeaving(error: unknown): void {
  if (!(error instanceof NotTheirs)) throw error;
}

async function storedFile(name: string, blob: Blob): Promise<StoredFile> {
  const fileName = blob instanceof File ? blob.name : name;
  return { name, fileName, type: blob.type, bytes: await blob.arrayBuffer(), media: "" };
}

function blobOf({ bytes, fileName, type }: StoredFile): Blob {
  return new File([bytes], fileName, { type });
}

/** The arguments with ids in place of names; a file that they do not name is added to `media`. */
function withFiles({ args, files }: Entry): Record<string, unknown> {
  if (!files.length) return args;
  const ids = new Map(files.map(({ name, media }) => [FILE + name, media]));
  const used = new Set<string>();
  const filled = fill(args, ids, used) as Record<string, unknown>;
  const left = [...ids].filter(([name]) => !used.has(name)).map(([, id]) => id);
  if (!left.length) return filled;
  return { ...filled, media: [...((filled["media"] as string[] | undefined) ?? []), ...left] };
}

function fill(value: unknown, ids: Map<string, string>, used: Set<string>): unknown {
  if (typeof value === "string" && ids.has(value)) {
    used.add(value);
    return ids.get(value);
  }
  if (Array.isArray(value)) return value.map((one) => fill(one, ids, used));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fill(one, ids, used)]));
}

/** `randomUUID` is missing on plain http, where a phone in the office may open the demo. */
function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
