/** Stories between the client and the real server; tests/web/test_sync_client.py starts both sides. */
import "fake-indexeddb/auto";

import { afterEach, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";

import { get, server, useOrigin, type Schemas } from "../api/client";
import { Session, type Kept, type Vault } from "../api/session";
import { openStore } from "./idb_store";
import { single, socketUrl, type Platform } from "./platform";
import type { Store } from "./store";
import { Sync, type Options } from "./sync";
import { diceOf, pause, until } from "./testing/help";
import type { Server } from "./types";

const { RONGHUI_URL = "", RONGHUI_LINE = "", RONGHUI_CONTROL = "" } = process.env;
const PATIENCE = 60_000;
const running: Sync[] = [];
let databases = 0;
let numbers = 13_700_000_000 + Math.floor(Math.random() * 90_000_000);

async function act(name: string, args: object = {}): Promise<{ id: string; headline: string }> {
  const answer = await fetch(`${RONGHUI_CONTROL}/${name}`, { method: "POST", body: JSON.stringify(args) });
  const body = (await answer.json()) as { id: string; headline: string; error?: string };
  if (!answer.ok) throw new Error(`${name}: ${body.error}`);
  return body;
}

class Pocket implements Vault {
  tokens: Kept | null = null;
  load(): Kept | null {
    return this.tokens;
  }
  save(tokens: Kept | null): void {
    this.tokens = tokens;
  }
  watch(): void {}
}

const platform: Platform = {
  ...single,
  isOnline: () => true,
  onNetwork: () => () => {},
  dial: () => new WebSocket(socketUrl(RONGHUI_LINE)) as never,
};
const nobody: Server = { ...server, token: () => undefined };

function phone(store: Store, options: Partial<Options> = {}): Sync {
  const sync = new Sync({ server, store, platform, checkWithinMs: 2000, lingerMs: 0, ...options });
  running.push(sync);
  return sync;
}

/** A citizen who has just signed in. Calls go through the bad line from then on. */
async function citizen(): Promise<{ session: Session; id: string; vault: Pocket }> {
  const vault = new Pocket();
  const session = new Session(vault);
  const number = `+86${numbers++}`;
  useOrigin(RONGHUI_URL);
  const code = await session.sendCode(number);
  await session.signIn(number, code!);
  useOrigin(RONGHUI_LINE);
  return { session, id: session.user!.id, vault };
}

/** The phone follows the session, as the app's does. */
function follow(sync: Sync, session: Session): void {
  session.subscribe((event) => void sync.signedIn(session.user, { expired: event === "expired" }));
  void sync.signedIn(session.user);
}

/** Every digest equals, and the disk has what memory has. */
async function atRest(sync: Sync, streams: string[], store: Store): Promise<void> {
  for (const stream of streams) {
    await until(async () => (await sync.verify(stream).catch(() => undefined))?.same, PATIENCE);
    await until(async () => {
      const held = (await store.load()).streams.find(({ name }) => name === stream);
      const kinds = new Set(held?.items.map(({ kind }) => kind));
      const inMemory = [...kinds].flatMap((kind) => sync.list(kind, stream)).length;
      return held && inMemory === held.items.length && JSON.stringify(held.items.map(({ data }) => data).filter((data) => !data)) === "[]";
    }, PATIENCE);
  }
}

const isLive = (sync: Sync) => () => sync.ready && sync.state === "live";
const database = async (name = `live-${++databases}`): Promise<Store> => openStore(name);
const filing = { service: "manhole", title: "窨井盖松动", text: "小区门口的窨井盖一踩就响。" };
// One pixel.
const PNG = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (c) => c.charCodeAt(0));

afterEach(async () => {
  await act("up");
  for (const sync of running.splice(0)) await sync.end();
});

describe.skipIf(!RONGHUI_CONTROL)("over a line that is cut", { timeout: 240_000 }, () => {
  beforeAll(() => useOrigin(RONGHUI_LINE));

  test("at rest every phone holds what the server holds", async () => {
    const dice = diceOf(7);
    const { session, id } = await citizen();
    const [one, two] = [await database(), await database()];
    const [mine, theirs] = [phone(one), phone(two, { server: nobody })];
    follow(mine, session);
    void theirs.signedIn(null);
    theirs.watch("town:gucun");
    const deeds = ["publish", "correct", "withdraw", "notice", "cut", "cut", "cut", "down", "up", "wish"];
    for (let i = 0; i < 30; i++) {
      const deed = deeds[Math.floor(dice() * deeds.length)]!;
      if (deed === "wish") void mine.enqueue("request.file", { ...filing, title: `第${i}件` });
      else await act(deed);
      if (dice() < 0.5) await pause(dice() * 400);
    }
    await act("restart");
    await act("up");
    await act("publish");
    await atRest(mine, ["pub", `user:${id}`], one);
    await atRest(theirs, ["pub", "town:gucun"], two);
    await until(() => !mine.outbox.length, PATIENCE);
  });

  test("a request filed offline, with a picture, arrives once after a kill", async () => {
    const { session, id } = await citizen();
    const first = phone(await database("lift"));
    follow(first, session);
    await until(isLive(first), PATIENCE);
    await act("down");
    const { key } = await first.enqueue("request.file", { ...filing, media: ["file:photo"] }, { files: { photo: new Blob([PNG], { type: "image/png" }) } });
    expect(first.list("request")).toHaveLength(1);
    await first.end();
    const again = await database("lift");
    const second = phone(again);
    follow(second, session);
    await until(() => second.find("request", key));
    await act("up");
    // The line falls while it is sent, too.
    for (let i = 0; i < 5; i++) {
      await pause(60);
      await act("cut");
    }
    await until(() => !second.outbox.length, PATIENCE);
    const page = await until(() => get("/requests").catch(() => undefined), PATIENCE);
    expect(page!.items.map(({ title, media }) => [title, media.length])).toEqual([["窨井盖松动", 1]]);
    await until(() => second.find<Schemas["Request"]>("request", key)?.code, PATIENCE);
    expect(second.list("request")).toHaveLength(1);
    await until(async () => !(await again.loadOutbox()).entries.length, PATIENCE);
    await atRest(second, [`user:${id}`], again);
  });

  test("a mutation that is refused is rolled back, and says why", async () => {
    const { session, id } = await citizen();
    const sync = phone(await database());
    follow(sync, session);
    await until(isLive(sync), PATIENCE);
    const filed = await sync.mutate("request.file", filing);
    await until(() => sync.find("request", filed.id!), PATIENCE);
    const outcome = sync.mutate("request.confirm", { id: filed.id });
    await until(() => sync.find<Schemas["Request"]>("request", filed.id!)?.state === "closed");
    expect(await outcome).toMatchObject({ status: "refused", mid: 2 });
    expect(sync.find("request", filed.id!)).toMatchObject({ state: "filed" });
    expect(sync.outbox).toMatchObject([{ name: "request.confirm", state: "refused" }]);
    expect(sync.outbox[0]!.problem?.detail).toBeTruthy();
    await sync.discard(sync.outbox[0]!.key);
    await act("answer", { id: filed.id });
    await until(() => sync.find<Schemas["Request"]>("request", filed.id!)?.state === "replied", PATIENCE);
    const mine = await until(() => sync.list<Schemas["Bell"]>("bell", `user:${id}`)[0], PATIENCE);
    expect(await sync.mutate("inbox.read", { all: true })).toMatchObject({ status: "applied", mid: 3 });
    expect(await sync.mutate("request.rate", { id: filed.id, attitude: 5, result: 5 })).toMatchObject({ status: "applied" });
    await until(() => !sync.outbox.length && sync.find<Schemas["Bell"]>("bell", mine!.id)?.read_at, PATIENCE);
  });

  test("a withdrawal vanishes from the disk", async () => {
    const store = await database();
    const sync = phone(store, { server: nobody });
    void sync.signedIn(null);
    await until(isLive(sync), PATIENCE);
    const { id, headline } = await act("publish");
    await until(async () => JSON.stringify(await store.load()).includes(headline), PATIENCE);
    await act("withdraw", { id });
    await until(() => !sync.find("article", id), PATIENCE);
    await until(async () => !JSON.stringify(await store.load()).includes(headline), PATIENCE);
  });

  test("signing out leaves nothing of the person, here or for the server", async () => {
    const { session, id } = await citizen();
    const store = await database();
    const sync = phone(store);
    follow(sync, session);
    await until(isLive(sync), PATIENCE);
    const words = `只有我知道的${numbers}`;
    await sync.mutate("request.file", { ...filing, title: words });
    await until(async () => JSON.stringify(await store.load()).includes(words), PATIENCE);
    await session.signOut();
    await until(async () => (await store.load()).person === null, PATIENCE);
    const kept = JSON.stringify([await store.load(), await store.loadOutbox()]);
    expect(kept).not.toContain(id);
    expect(kept).not.toContain(words);
    expect(sync.list("request")).toEqual([]);
    await until(() => sync.state === "live", PATIENCE);
  });

  test("another history is read from its beginning, and what was asked of the former is asked again", async () => {
    const { session, id } = await citizen();
    const store = await database();
    const sync = phone(store);
    follow(sync, session);
    await until(isLive(sync), PATIENCE);
    await sync.mutate("me.edit", { name: "张三" });
    await act("restore");
    await act("publish");
    await until(isLive(sync), PATIENCE);
    await sync.mutate("me.edit", { name: "李四" });
    await atRest(sync, ["pub", `user:${id}`], store);
    const epochs = new Set((await store.load()).streams.map(({ epoch }) => epoch));
    expect(epochs.size).toBe(1);
  });

  test("a renewal whose answer was lost is asked for again, also by the page that is opened next", async () => {
    const { session, id, vault } = await citizen();
    const before = vault.tokens!.refresh_token;
    const whole = globalThis.fetch;
    globalThis.fetch = async (...given) => {
      await whole(...given);
      throw new TypeError("the line fell");
    };
    await expect(session.renew()).rejects.toThrow();
    globalThis.fetch = whole;
    const opened = new Session(vault);
    await opened.renew();
    expect(opened.user?.id).toBe(id);
    expect(vault.tokens!.refresh_token).not.toBe(before);
    expect(vault.tokens!.key).toBeUndefined();
    // And the one after it is an exchange of its own.
    await opened.renew();
    expect(await get("/me")).toMatchObject({ id });
  });

  test("a token that has run out is renewed, and the private stream goes on", async () => {
    const { session, vault } = await citizen();
    const sync = phone(await database());
    follow(sync, session);
    await until(isLive(sync), PATIENCE);
    const before = vault.tokens!.access_token;
    await act("later", { seconds: 20 * 60 });
    const filed = await sync.mutate("request.file", filing);
    await until(() => sync.find<Schemas["Request"]>("request", filed.id!)?.code, PATIENCE);
    expect(vault.tokens!.access_token).not.toBe(before);
    await act("answer", { id: filed.id });
    await until(() => sync.find<Schemas["Request"]>("request", filed.id!)?.state === "replied", PATIENCE);
  });
});
