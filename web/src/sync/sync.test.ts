import "fake-indexeddb/auto";

import { afterEach, describe, expect, test } from "vitest";

import { IdbStore, openStore, UPGRADES } from "./idb_store";
import { MemoryStore, type Store } from "./store";
import { Sync, type Options } from "./sync";
import { diceOf, Dying, expectEqual, pause, tabs, until } from "./testing/help";
import { House } from "./testing/house";
import type { Row } from "./types";

const running: Sync[] = [];
let databases = 0;

function phone(house: House, options: Partial<Options> & { person?: string | null } = {}): Sync {
  const { person = null, ...rest } = options;
  const sync = new Sync({ server: house.server(() => person), platform: house.platform(), checkWithinMs: 1e9, lingerMs: 0, ...rest });
  running.push(sync);
  void sync.signedIn(person === null ? null : { id: person });
  return sync;
}

/** As if the battery had fallen out: nothing is written or sent any more. */
async function kill(sync: Sync): Promise<void> {
  running.splice(running.indexOf(sync), 1);
  void sync.end();
}

async function database(): Promise<{ store: Store; again: () => Promise<Store> }> {
  const name = `test-${++databases}`;
  return { store: await openStore(name), again: () => openStore(name) };
}

const isLive = (sync: Sync) => () => sync.ready && sync.state === "live";

afterEach(async () => {
  for (const sync of running.splice(0)) await sync.end();
});

describe("a copy", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    test(`is equal at rest, whatever the network does (${seed})`, async () => {
      const dice = diceOf(seed);
      const house = new House();
      for (let i = 0; i < 12; i++) house.put("pub", "article", `a${i}`);
      const { store } = await database();
      const sync = phone(house, { person: "p", store });
      const waiting: Row[][] = [];
      const networks: ((rows: Row[]) => Row[][])[] = [
        (rows) => [rows],
        (rows) => (dice() < 0.5 ? [rows] : []),
        (rows) => [rows, rows, rows],
        (rows) => {
          waiting.push(rows);
          waiting.sort(() => dice() - 0.5);
          return waiting.splice(0, Math.floor(dice() * 4));
        },
      ];
      for (let i = 0; i < 120; i++) {
        const what = dice();
        const stream = dice() < 0.6 ? "pub" : "user:p";
        const id = `a${Math.floor(dice() * 20)}`;
        if (what < 0.55) house.put(stream, "article", id, { text: String(i) });
        else if (what < 0.75) house.del(stream, "article", id);
        else if (what < 0.8) house.cut();
        else if (what < 0.85) house.tick();
        else if (what < 0.87) house.floor = house.head;
        else if (what < 0.88) house.restore(`epoch-${i}`, false);
        else if (what < 0.97) house.network = networks[Math.floor(dice() * networks.length)]!;
        else await pause(30);
        if (dice() < 0.3) await pause(2);
      }
      house.network = networks[0]!;
      await until(isLive(sync));
      house.tick();
      await expectEqual(sync, house, ["pub", "user:p"], store);
    });
  }

  test("is read from the disk before the network, and offline", async () => {
    const house = new House();
    house.put("pub", "article", "one", { headline: "新闻" });
    house.put("user:p", "request", "r", { service: { id: "manhole" } });
    const { store, again } = await database();
    const first = phone(house, { person: "p", store });
    await until(() => first.list("request").length && first.list("article").length);
    await first.end();
    house.goDown();
    const second = phone(house, { person: "p", store: await again() });
    await until(() => second.ready && second.list("request").length);
    expect(second.find("article", "one")).toMatchObject({ headline: "新闻" });
    expect(second.state).not.toBe("live");
    house.put("pub", "article", "two");
    house.goUp();
    await until(() => second.find("article", "two"));
    expect(house.asked.filter((path) => path === "/sync/snapshot")).toHaveLength(2);
  });

  test("survives a kill before any write", async () => {
    for (let n = 1; n < 30; n++) {
      const house = new House();
      for (let i = 0; i < 8; i++) house.put("pub", "article", `a${i}`);
      const { store, again } = await database();
      const dying = new Dying(store, n);
      const first = phone(house, { person: "p", store: dying });
      await until(() => dying.isDead || isLive(first)());
      for (let i = 0; i < 10; i++) {
        house.put(i % 2 ? "pub" : "user:p", "article", `b${i % 4}`, { i });
        if (i % 5 === 3) house.del("pub", "article", `a${i}`);
        await pause(2);
      }
      await kill(first);
      const reopened = await again();
      const second = phone(house, { person: "p", store: reopened });
      await until(isLive(second));
      await expectEqual(second, house, ["pub", "user:p"], reopened);
      await second.end();
      if (!dying.isDead) return; // It wrote no more often than that.
    }
  });

  test("of a withdrawn article is gone from the disk too", async () => {
    const house = new House();
    house.put("pub", "article", "one", { text: "不该有的话" });
    const { store } = await database();
    const sync = phone(house, { store });
    await until(async () => JSON.stringify(await store.load()).includes("不该有的话"));
    house.del("pub", "article", "one");
    await until(() => !sync.find("article", "one"));
    await until(async () => !JSON.stringify(await store.load()).includes("不该有的话"));
  });

  test("is read anew after 410, and after another epoch", async () => {
    const house = new House();
    house.put("pub", "article", "one");
    const { store, again } = await database();
    const first = phone(house, { store });
    await until(isLive(first));
    await first.end();
    house.del("pub", "article", "one");
    house.put("pub", "article", "two");
    house.floor = house.head;
    house.network = () => [];
    const second = phone(house, { store: await again() });
    await until(() => second.find("article", "two") && !second.find("article", "one"));
    await until(isLive(second));
    house.put("pub", "article", "three");
    house.restore("epoch-2", false);
    await until(() => second.find("article", "three"));
    await expectEqual(second, house, ["pub"]);
    await second.end();
    const third = await (await again()).load();
    expect(third.streams.map(({ name, epoch }) => [name, epoch])).toEqual([["pub", "epoch-2"]]);
  });

  test("that differs from the server's is found by the digest and read anew", async () => {
    const house = new House();
    house.put("pub", "article", "one");
    const store = new MemoryStore();
    await store.commit([
      { type: "put", stream: "pub", item: { kind: "article", id: "wrong", ver: 1, data: {} } },
      { type: "cursor", stream: "pub", epoch: house.epoch, at: house.head, checked: 0 },
    ]);
    const sync = phone(house, { store, checkWithinMs: 20 });
    await until(() => sync.find("article", "one") && !sync.find("article", "wrong"));
    await expectEqual(sync, house, ["pub"], store);
  });

  test("loses what its person may no longer see, and waits as long as `bye` says", async () => {
    const house = new House();
    house.put("user:p", "request", "r", { service: { id: "manhole" } });
    const { store } = await database();
    const sync = phone(house, { person: "p", store });
    await until(() => isLive(sync)() && sync.find("request", "r"));
    house.say("bye", { reason: "restart", retry_after_ms: 120 });
    await until(() => sync.state === "connecting");
    const since = Date.now();
    await until(() => sync.state === "live");
    expect(Date.now() - since).toBeGreaterThan(100);
    house.say("streams", { streams: ["pub"], lost: ["user:p"], reason: "rights" });
    await until(() => !sync.find("request", "r"));
    await until(async () => !(await store.load()).streams.some(({ name }) => name === "user:p"));
  });

  test("of a town is held while it is watched", async () => {
    const house = new House();
    house.put("town:x", "article", "t");
    const sync = phone(house);
    const [one, two] = [sync.watch("town:x"), sync.watch("town:x")];
    await until(() => sync.find("article", "t"));
    one();
    one();
    await pause(20);
    house.put("town:x", "article", "u");
    await until(() => sync.list("article", "town:x").length === 2);
    two();
    await until(() => sync.list("article").length === 0);
  });
});

const filing = { service: "streetlight", title: "路灯", text: "不亮" };

describe("the outbox", () => {
  test("sends what was filed offline once, after a kill", async () => {
    const house = new House();
    const { store, again } = await database();
    const first = phone(house, { person: "p", store });
    await until(isLive(first));
    house.goDown();
    const { key } = await first.enqueue("request.file", filing);
    expect(first.list<{ title: string }>("request").map(({ title }) => title)).toEqual(["路灯"]);
    await kill(first);
    const second = phone(house, { person: "p", store: await again() });
    await until(() => second.find("request", key));
    expect(second.outbox).toMatchObject([{ key, name: "request.file" }]);
    house.goUp();
    await until(() => !second.outbox.length);
    expect(house.deeds).toMatchObject([{ person: "p", args: filing }]);
    const third = await again();
    await until(async () => !(await third.loadOutbox()).entries.length);
    expect(second.list("request")).toHaveLength(1);
    // Whoever followed the entry follows the request.
    expect(second.find("request", key)).toMatchObject({ id: "request-1" });
  });

  test("shows the place of what was filed offline as the server will write it", async () => {
    const house = new House();
    const sync = phone(house, { person: "p" });
    await until(isLive(sync));
    house.goDown();
    const where = { address: "友谊路 1 号", lat: 31.4, lon: 121.49, datum: "wgs84" };
    const asOne = await sync.enqueue("request.file", { ...filing, place: where });
    const flat = await sync.enqueue("request.file", { ...filing, title: "井盖", ...where });
    const nowhere = await sync.enqueue("request.file", { ...filing, title: "噪音" });
    for (const { key } of [asOne, flat]) expect(sync.find("request", key)).toMatchObject({ ...where, town: null, place: where });
    expect(sync.find("request", nowhere.key)).toMatchObject({ address: null, lat: null, place: { address: null } });
  });

  test("loses and doubles nothing, wherever it is killed", async () => {
    for (let n = 1; n < 40; n++) {
      const house = new House();
      const { store, again } = await database();
      const dying = new Dying(store, n);
      const first = phone(house, { person: "p", store: dying });
      await until(() => dying.isDead || isLive(first)());
      let stored = 0;
      for (let i = 0; i < 4; i++) {
        const files: Record<string, Blob> = i % 2 ? { a: new Blob(["x"], { type: "image/png" }) } : {};
        void first.enqueue("request.file", { ...filing, title: `第${i}件` }, { files }).then(() => stored++);
        await pause(4);
      }
      await until(() => dying.isDead || house.deeds.length === 4);
      await pause(5);
      await kill(first);
      const second = phone(house, { person: "p", store: await again() });
      await second.opened;
      await until(() => isLive(second)() && !second.outbox.length);
      const titles = house.deeds.map(({ args }) => args["title"]);
      expect(titles).toEqual([...new Set(titles)].sort());
      expect(titles.length).toBeGreaterThanOrEqual(stored);
      await second.end();
      if (!dying.isDead) return;
    }
  });

  test("asks again until it is answered, and never does twice what is answered late", async () => {
    const house = new House();
    const sync = phone(house, { person: "p" });
    await until(isLive(sync));
    let lost = 2;
    const { Problem } = await import("./problem");
    house.onAnswer = (path) => {
      if (path === "/sync/mutations" && lost-- > 0) throw new Problem(0);
    };
    const outcome = await sync.mutate("request.file", filing);
    expect(outcome).toMatchObject({ mid: 1, status: "applied" });
    expect(house.deeds).toHaveLength(1);
  });

  test("rolls back what is refused, and keeps it until it is discarded", async () => {
    const house = new House();
    house.put("user:p", "me", "p", { name: "张三" });
    const { store, again } = await database();
    const sync = phone(house, { person: "p", store });
    await until(() => sync.find("me", "p"));
    house.goDown();
    await sync.enqueue("me.edit", { name: "李四", text: "refuse me" });
    expect(sync.find("me", "p")).toMatchObject({ name: "李四" });
    house.goUp();
    await until(() => sync.outbox[0]?.state === "refused");
    const [refused] = sync.outbox;
    expect(sync.find("me", "p")).toMatchObject({ name: "张三" });
    expect(refused).toMatchObject({ state: "refused", problem: { code: "guard_failed", detail: "不行。" } });
    expect(await sync.mutate("me.edit", { name: "王五" })).toMatchObject({ mid: 2, status: "applied" });
    await sync.end();
    const second = phone(house, { person: "p", store: await again() });
    await until(() => second.outbox.length === 1);
    await second.discard(refused!.key);
    expect(second.outbox).toEqual([]);
    const third = await again();
    await until(async () => !(await third.loadOutbox()).entries.length);
  });

  test("lays what is pending over what the server sends meanwhile", async () => {
    const house = new House();
    house.put("user:p", "me", "p", { name: "张三", town: "a" });
    const sync = phone(house, { person: "p" });
    await until(() => sync.find("me", "p"));
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const server = house.server(() => "p");
    const slow = phone(house, { person: "p", server: { ...server, post: async (path, body) => (await held, server.post(path, body)) } });
    await until(() => slow.find("me", "p"));
    const done = slow.mutate("me.edit", { name: "李四" });
    await until(() => slow.outbox[0]?.state === "sending");
    house.put("user:p", "me", "p", { name: "张三", town: "b" });
    await until(() => (slow.find<{ town: string }>("me", "p")?.town === "b"));
    expect(slow.find("me", "p")).toMatchObject({ name: "李四", town: "b" });
    release();
    expect(await done).toMatchObject({ status: "applied" });
    await until(() => sync.find<{ name: string }>("me", "p")?.name === "李四");
  });

  test("sends files first, once, and puts their ids into the arguments", async () => {
    const house = new House();
    const { store, again } = await database();
    const first = phone(house, { person: "p", store });
    await until(isLive(first));
    house.goDown();
    const files = { a: new Blob(["a"], { type: "image/png" }), b: new Blob(["b"], { type: "image/png" }), c: new Blob(["c"]) };
    const { key } = await first.enqueue("request.file", { ...filing, media: ["file:b", "file:a"] }, { files });
    await kill(first);
    const second = phone(house, { person: "p", store: await again() });
    await until(() => second.outbox.length);
    expect(await second.files(key)["b"]!.text()).toBe("b");
    house.goUp();
    await until(() => house.deeds.length);
    expect(house.deeds[0]!.args["media"]).toEqual(["media-2", "media-1", "media-3"]);
    expect(house.uploads).toEqual(["media-1", "media-2", "media-3"]);
  });

  test("refuses an entry whose file or shape nobody takes, and goes on with the next, without a gap", async () => {
    const house = new House();
    const sync = phone(house, { person: "p" });
    await until(isLive(sync));
    house.goDown();
    const bad = sync.mutate("request.file", filing, { files: { a: new Blob(["x"], { type: "bad/type" }) } });
    const malformed = sync.mutate("malformed", {});
    const good = [sync.mutate("request.file", filing), sync.mutate("me.edit", { name: "乙" })];
    await until(() => sync.outbox.length === 4);
    house.goUp();
    sync.wake();
    expect(await bad).toMatchObject({ status: "refused", problem: { code: "unsupported_type" } });
    expect(await malformed).toMatchObject({ status: "refused", code: "validation" });
    expect(await Promise.all(good)).toMatchObject([{ mid: 1, status: "applied" }, { mid: 2, status: "applied" }]);
  });

  test("does again what a restored backup has forgotten", async () => {
    const house = new House();
    const sync = phone(house, { person: "p" });
    await until(isLive(sync));
    for (const name of ["甲", "乙", "丙"]) await sync.mutate("me.edit", { name });
    house.restore("epoch-2", true);
    const outcome = await sync.mutate("request.file", filing);
    expect(outcome).toMatchObject({ status: "applied" });
    expect(house.deeds.filter(({ name }) => name === "request.file")).toHaveLength(1);
  });

  test("is emptied by signing out, with everything private, on the disk too", async () => {
    const house = new House();
    house.put("pub", "article", "one");
    house.put("user:p", "request", "r", { service: { id: "manhole" } });
    const { store } = await database();
    const sync = phone(house, { person: "p", store });
    await until(() => isLive(sync)() && sync.find("request", "r"));
    house.goDown();
    const outcome = sync.mutate("request.file", filing);
    await until(() => sync.outbox.length);
    const refused = expect(outcome).rejects.toMatchObject({ code: "signed_out" });
    await sync.signedIn(null);
    await refused;
    const stored = await store.load();
    expect(stored).toMatchObject({ person: null, streams: [{ name: "pub" }] });
    expect(await store.loadOutbox()).toEqual({ entries: [], clients: [] });
    expect(sync.list("request")).toEqual([]);
    expect(JSON.stringify(await dump("test-" + databases))).not.toContain("user:p");
  });

  test("waits for the same person when the sign-in has run out, and for nobody else", async () => {
    const house = new House();
    const { store, again } = await database();
    const first = phone(house, { person: "p", store });
    await until(isLive(first));
    house.goDown();
    await first.enqueue("request.file", filing);
    await first.signedIn(null, { expired: true });
    expect(first.outbox).toEqual([]);
    await first.end();
    const nobody = phone(house, { store: await again() });
    await nobody.opened;
    await nobody.signedIn(null);
    expect(nobody.outbox).toEqual([]);
    await nobody.end();
    house.goUp();
    const same = phone(house, { person: "p", store: await again() });
    await until(() => house.deeds.length === 1);
    await same.signedIn(null, { expired: true });
    await same.end();
  });

  test("of the person before is never sent in another's name", async () => {
    const house = new House();
    let person = "p";
    const { store } = await database();
    const sync = phone(house, { person: "p", store, server: house.server(() => person) });
    await until(isLive(sync));
    house.goDown();
    await sync.enqueue("request.file", filing);
    house.goUp();
    person = "q";
    await sync.signedIn({ id: "q" });
    await until(isLive(sync));
    await sync.mutate("me.edit", { name: "q" });
    expect(house.deeds.map((deed) => [deed.person, deed.name])).toEqual([["q", "me.edit"]]);
    expect((await store.load()).person).toBe("q");
  });
});

describe("several tabs", () => {
  test("send what was filed once, and tell each other", async () => {
    const house = new House();
    const { store, again } = await database();
    const tab = tabs();
    const one = phone(house, { person: "p", store, platform: house.platform(tab()) });
    const two = phone(house, { person: "p", store: await again(), platform: house.platform(tab()) });
    await until(() => isLive(one)() && isLive(two)());
    house.goDown();
    await Promise.all([one.enqueue("request.file", filing), two.enqueue("me.edit", { name: "乙" })]);
    await until(() => one.outbox.length === 2 && two.outbox.length === 2);
    house.goUp();
    await until(() => !one.outbox.length && !two.outbox.length && isLive(one)() && isLive(two)());
    expect(house.deeds.map(({ name }) => name).sort()).toEqual(["me.edit", "request.file"]);
  });

  test("leave the pen to the next one when the writer closes", async () => {
    const house = new House();
    house.put("pub", "article", "one");
    const { store, again } = await database();
    const tab = tabs();
    const one = phone(house, { store, platform: house.platform(tab()) });
    await until(isLive(one));
    const two = phone(house, { store: await again(), platform: house.platform(tab()) });
    await until(isLive(two));
    await one.end();
    house.put("pub", "article", "two");
    await expectEqual(two, house, ["pub"], await again());
  });

  test("do not write down what belongs to somebody whom another tab has signed out", async () => {
    const house = new House();
    const { store, again } = await database();
    const tab = tabs();
    const one = phone(house, { person: "p", store, platform: house.platform(tab()) });
    await until(isLive(one));
    const two = phone(house, { person: "p", store: await again(), platform: house.platform(tab()) });
    await until(isLive(two));
    await two.signedIn(null);
    house.put("user:p", "request", "late");
    house.put("pub", "article", "late");
    await until(() => one.find("request", "late"));
    await until(async () => JSON.stringify(await store.load()).includes("late"));
    expect((await store.load()).streams.map(({ name }) => name)).toEqual(["pub"]);
    await expect(one.enqueue("me.edit", {})).rejects.toThrow();
  });
});

describe("the database", () => {
  test("keeps the outbox through an upgrade", async () => {
    const name = `test-${++databases}`;
    const old = await openStore(name);
    const entry = { key: "k", order: 1, person: "p", name: "x", args: {}, at: "", files: [], client: "", mid: 0, state: "waiting" } as const;
    await old.commit([{ type: "entry", entry: { ...entry, files: [] } }]);
    let stepped = 0;
    const next = await openStore(name, [...UPGRADES, () => stepped++]);
    expect([next.kind, stepped]).toEqual(["disk", 1]);
    expect((await next.loadOutbox()).entries).toEqual([entry]);
    // The tab of before has let go, and says so when it is used.
    await expect(old.commit([])).rejects.toThrow();
    // An older version of the app leaves a newer database alone.
    next.close();
    expect((await openStore(name)).kind).toBe("memory");
  });

  test("that fails leaves no old copy behind, and the app goes on in memory", async () => {
    const house = new House();
    house.put("pub", "article", "one");
    const { store } = await database();
    let isFull = false;
    const full: Store = Object.assign(Object.create(store) as Store, {
      kind: "disk",
      load: () => store.load(),
      loadOutbox: () => store.loadOutbox(),
      close: () => {},
      commit: (...args: Parameters<Store["commit"]>) =>
        isFull && args[0].some(({ type }) => type === "put" || type === "entry") ? Promise.reject(new DOMException("full", "QuotaExceededError")) : store.commit(...args),
    });
    const sync = phone(house, { person: "p", store: full });
    await until(async () => isLive(sync)() && JSON.stringify(await store.load()).includes("one"));
    expect(sync.storage).toBe("disk");
    isFull = true;
    house.put("pub", "article", "two");
    await until(() => sync.storage === "memory");
    await until(async () => !(await store.load()).streams.length);
    expect(sync.list("article")).toHaveLength(2);
    expect(await sync.mutate("request.file", filing)).toMatchObject({ status: "applied" });
    expect(house.deeds).toHaveLength(1);
  });

  test("that cannot be opened is replaced by memory", async () => {
    const given = globalThis.indexedDB;
    Object.defineProperty(globalThis, "indexedDB", { value: undefined, configurable: true, writable: true });
    expect((await openStore("nowhere")).kind).toBe("memory");
    Object.defineProperty(globalThis, "indexedDB", { value: given, configurable: true, writable: true });
  });

  test("does a commit whole or not at all", async () => {
    const store = new IdbStore(`test-${++databases}`);
    const item = { kind: "article", id: "a", ver: 1, data: {} };
    const unclonable = { kind: "article", id: "b", ver: 1, data: () => {} };
    await expect(store.commit([{ type: "put", stream: "pub", item }, { type: "put", stream: "pub", item: unclonable }])).rejects.toThrow();
    await store.commit([{ type: "cursor", stream: "pub", epoch: "e", at: 1, checked: 0 }]);
    expect((await store.load()).streams[0]!.items).toEqual([]);
  });
});

/** Everything a database holds, whatever our own code says of it. */
async function dump(name: string): Promise<unknown[]> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const tables = [...db.objectStoreNames].map(
    (table) =>
      new Promise<unknown[]>((resolve) => {
        const request = db.transaction(table).objectStore(table).getAll();
        request.onsuccess = () => resolve(request.result as unknown[]);
      }),
  );
  const all = await Promise.all(tables);
  db.close();
  return all;
}
