/** A server for tests, in memory: the log, its streams, the outbox's answers, and a network that can be spoiled. */

import { digestOf } from "../digest";
import { single, type Platform } from "../platform";
import { Problem } from "../problem";
import type { Wire } from "../socket";
import type { Item, Outcome, Row, Server } from "../types";

const MANY = 2000;
type Person = string | null;

export class House {
  epoch = "epoch-1";
  floor = 0;
  isDown = false;
  /** How a frame comes out at the phone's end. */
  network: (rows: Row[]) => Row[][] = (rows) => [rows];
  /** Called before an answer is given; what it throws is given instead, though the deed is done. */
  onAnswer: (path: string) => void = () => {};
  uploads: string[] = [];
  /** What was done, in order, each once. */
  deeds: { person: string; name: string; args: Record<string, unknown> }[] = [];
  asked: string[] = [];
  #log: Row[] = [];
  #held = new Map<string, Map<string, Item>>();
  #lines = new Set<Line>();
  #answers = new Map<string, Outcome[]>();
  #media = new Map<string, string>();

  get head(): number {
    return this.#log.length;
  }

  headOf(stream: string): number {
    return this.#log.findLast((row) => row.stream === stream)?.seq ?? 0;
  }

  items(stream: string): Item[] {
    return [...(this.#held.get(stream)?.values() ?? [])];
  }

  put(stream: string, kind: string, id: string, data: Record<string, unknown> = {}): void {
    const held = this.#streamOf(stream);
    const ver = (held.get(`${kind}/${id}`)?.ver ?? 0) + 1;
    held.set(`${kind}/${id}`, { kind, id, ver, data: { id, ...data } });
    this.#append(stream, kind, id, ver, "put");
  }

  del(stream: string, kind: string, id: string): void {
    const ver = this.#streamOf(stream).get(`${kind}/${id}`)?.ver;
    if (ver === undefined) return;
    this.#streamOf(stream).delete(`${kind}/${id}`);
    this.#append(stream, kind, id, ver, "del");
  }

  tick(): void {
    for (const line of this.#lines) {
      const streams = Object.fromEntries([...line.streams].map((stream) => [stream, this.headOf(stream)]));
      if (line.isIn) line.event("tick", { head: this.head, streams });
    }
  }

  /** Every line falls without a word. */
  cut(): void {
    for (const line of [...this.#lines]) line.fall();
  }

  goDown(): void {
    this.isDown = true;
    this.cut();
  }

  goUp(): void {
    this.isDown = false;
  }

  say(name: string, data: unknown): void {
    for (const line of this.#lines) line.event(name, data);
  }

  /** A backup is restored: the history is another, and the outbox's counters may be those of before. */
  restore(epoch: string, forget: boolean): void {
    this.epoch = epoch;
    if (forget) {
      this.#answers.clear();
      this.deeds = [];
    }
    this.cut();
  }

  async digest(stream: string): Promise<{ head: number; count: number; hash: string }> {
    const items = this.items(stream);
    return { head: this.headOf(stream), count: items.length, hash: await digestOf(items) };
  }

  server(person: () => Person): Server {
    return {
      token: () => person() ?? undefined,
      get: async (path, query) => this.#give(path, () => this.#get(path, query as Record<string, string>, person())),
      post: async (path, body) => this.#give(path, () => this.#mutate(person(), body as Outbox)),
      upload: async (file, key) => this.#give("/media", () => this.#upload(file, key)),
    };
  }

  platform(others: Pick<Platform, "alone" | "lead" | "channel"> = single): Platform {
    return { ...others, isOnline: () => true, onNetwork: () => () => {}, dial: () => this.#dial() };
  }

  #streamOf(stream: string): Map<string, Item> {
    let held = this.#held.get(stream);
    if (!held) this.#held.set(stream, (held = new Map()));
    return held;
  }

  #append(stream: string, kind: string, id: string, ver: number, op: "put" | "del"): void {
    const row = { seq: this.head + 1, stream, prev: this.headOf(stream), kind, id, ver, op } as Row;
    this.#log.push(row);
    for (const line of this.#lines) if (line.isIn && line.streams.has(stream)) for (const frame of this.network([this.#whole(row)])) line.event("change", frame);
  }

  /** With the thing as it is now; one that has left meanwhile is sent as left. */
  #whole(row: Row): Row {
    const item = this.#held.get(row.stream)?.get(`${row.kind}/${row.id}`);
    if (row.op === "del" || !item) return { ...row, op: "del" };
    return structuredClone({ ...row, data: item.data as Record<string, unknown> });
  }

  async #give<T>(path: string, deed: () => T): Promise<T> {
    this.asked.push(path);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.isDown) throw new Problem(0);
    const answer = structuredClone(await deed());
    this.onAnswer(path);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (this.isDown) throw new Problem(0);
    return answer;
  }

  #get(path: string, query: Record<string, string>, person: Person): unknown {
    const stream = query["stream"] ?? query["streams"] ?? "pub";
    if (stream.startsWith("user:") && stream !== `user:${person}`) throw new Problem(person ? 403 : 401);
    if (path === "/sync/digest") return this.digest(stream);
    if (path === "/sync/snapshot") return this.#snapshot(stream, query["cursor"]);
    if (path === "/sync/changes") return this.#changes(stream, Number(query["since"]), query["epoch"], Number(query["limit"]));
    return {};
  }

  #snapshot(stream: string, cursor: string | undefined): unknown {
    const [head, from] = cursor ? (JSON.parse(cursor) as [number, number]) : [this.head, 0];
    const items = this.items(stream).slice(from, from + 5);
    const next = from + 5 < this.items(stream).length ? JSON.stringify([head, from + 5]) : null;
    return { epoch: this.epoch, cursor: head, items: items.map((item) => ({ stream, ...item })), next };
  }

  #changes(stream: string, since: number, epoch: string | undefined, limit: number): unknown {
    const rows = this.#log.filter((row) => row.stream === stream && row.seq > since);
    if (epoch !== this.epoch || since < this.floor || since > this.head || rows.length > MANY) throw new Problem(410, { code: "resync" });
    const page = rows.slice(0, Math.min(limit, 7));
    const more = page.length < rows.length;
    return { epoch: this.epoch, changes: page.map((row) => this.#whole(row)), cursor: more ? page.at(-1)!.seq : this.head, more };
  }

  #upload(file: Blob, key: string): { id: string } {
    let id = this.#media.get(key);
    if (file.type === "bad/type") throw new Problem(415, { code: "unsupported_type", detail: "不收这种文件。" });
    if (!id) this.#media.set(key, (id = `media-${this.#media.size + 1}`));
    this.uploads.push(id);
    return { id };
  }

  #mutate(person: Person, { client_id, mutations }: Outbox): Outcome[] {
    if (person === null) throw new Problem(401);
    if (mutations.some(({ name }) => name === "malformed")) throw new Problem(422, { code: "validation" });
    const key = `${person}/${client_id}`;
    const answers = this.#answers.get(key) ?? [];
    this.#answers.set(key, answers);
    return mutations.map(({ mid, name, args }) => {
      if (mid > answers.length + 1) throw new Problem(409, { code: "mid_gap", expected: answers.length + 1 });
      return (answers[mid - 1] ??= this.#do(person, mid, name, args));
    });
  }

  #do(person: string, mid: number, name: string, args: Record<string, unknown>): Outcome {
    if (args["text"] === "refuse me") return { mid, status: "refused", code: "guard_failed", problem: { status: 409, code: "guard_failed", detail: "不行。" } };
    this.deeds.push({ person, name, args });
    const stream = `user:${person}`;
    const id = name === "request.file" ? `request-${this.deeds.length}` : person;
    if (name === "request.file") this.put(stream, "request", id, { service: { id: args["service"] }, title: args["title"], text: args["text"], timeline: [] });
    else this.put(stream, "me", id, args);
    return { mid, status: "applied", id, seq: this.head };
  }

  #dial(): Wire {
    const line = new Line((person) => {
      if (!person) return new Set(["pub"]);
      return new Set(["pub", `user:${person}`]);
    }, this, () => this.#lines.delete(line));
    if (this.isDown) setTimeout(() => line.fall(), 1);
    else this.#lines.add(line);
    return line;
  }
}

interface Outbox {
  client_id: string;
  mutations: { mid: number; name: string; args: Record<string, unknown> }[];
}

/** One websocket, from the server's side and the phone's at once. */
class Line implements Wire {
  readyState = 1;
  onmessage: Wire["onmessage"] = null;
  onclose: Wire["onclose"] = null;
  onerror: Wire["onerror"] = null;
  streams = new Set<string>();
  isIn = false;

  constructor(
    readonly rightsOf: (person: string | undefined) => Set<string>,
    readonly house: House,
    readonly gone: () => void,
  ) {
    setTimeout(() => this.#out(`0${JSON.stringify({ pingInterval: 25_000, pingTimeout: 20_000 })}`), 1);
  }

  event(name: string, data: unknown): void {
    this.#out(`42/sync,${JSON.stringify([name, data])}`);
  }

  send(packet: string): void {
    if (packet === "40/sync,") return this.#out('40/sync,{"sid":"x"}');
    const [, id, json] = /^42\/sync,(\d+)(.*)$/s.exec(packet) ?? [];
    if (json === undefined) return;
    const [name, data] = JSON.parse(json) as [string, { token?: string; stream?: string }];
    if (name === "hello" || name === "auth") this.streams = this.rightsOf(data.token);
    if (name === "watch") this.streams.add(data.stream!);
    if (name === "unwatch") this.streams.delete(data.stream!);
    this.isIn = true;
    const streams = Object.fromEntries([...this.streams].map((stream) => [stream, this.house.headOf(stream)]));
    this.#out(`43/sync,${id}${JSON.stringify([{ epoch: this.house.epoch, head: this.house.head, streams, tick_s: 30 }])}`);
  }

  close(): void {
    this.readyState = 3;
    this.gone();
  }

  fall(): void {
    if (this.readyState === 3) return;
    this.close();
    this.onclose?.();
  }

  #out(packet: string): void {
    setTimeout(() => this.readyState === 1 && this.onmessage?.({ data: packet }), 0);
  }
}
