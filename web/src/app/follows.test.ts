import { beforeEach, expect, test, vi } from "vitest";
import { computed, shallowRef } from "vue";

import type { Follow } from "./follows";

const house = vi.hoisted(() => ({
  tell: (_: object): void => {},
  answer: async (): Promise<object | null> => null,
  deleted: [] as string[],
}));
const held = shallowRef<Follow[]>([]);

vi.mock("./store", () => ({
  sync: { subscribe: (fn: (news: object) => void) => (house.tell = fn) },
  useList: () => computed(() => held.value),
}));
vi.mock("./session", () => ({ onSession: () => {} }));
vi.mock("@/api/client", () => ({
  post: () => house.answer(),
  del: (_: string, { path }: { path: { follow_id: string } }) => (house.deleted.push(path.follow_id), house.answer()),
}));

const { isFollowed, isSending, setFollowed } = await import("./follows");

let count = 0;
let topic = "";
const row = (id: string): Follow => ({ id, ver: 1, kind: "topic", thing: topic, since: "2026-01-01T00:00:00Z" });

function stream(op: "put" | "del", data: Follow): void {
  held.value = [...held.value.filter(({ id }) => id !== data.id), ...(op === "put" ? [data] : [])];
  house.tell({ changes: [{ stream: "user:p", op, kind: "follow", id: data.id, data, isNew: true }] });
}

beforeEach(() => {
  topic = `话题${++count}`;
  house.deleted = [];
});

test("what was touched counts at once, and the stream confirms it", async () => {
  house.answer = async () => row("a");
  const done = setFollowed("topic", topic, true);
  expect([isFollowed("topic", topic), isSending("topic", topic)]).toEqual([true, true]);
  await done;
  expect([isFollowed("topic", topic), isSending("topic", topic)]).toEqual([true, false]);
  stream("put", row("a"));
  // From now on it is the stream that counts: another phone has dropped it.
  stream("del", row("a"));
  expect(isFollowed("topic", topic)).toBe(false);
});

test("a refusal takes it back", async () => {
  house.answer = async () => {
    throw new Error("full");
  };
  await expect(setFollowed("topic", topic, true)).rejects.toThrow("full");
  expect([isFollowed("topic", topic), isSending("topic", topic)]).toEqual([false, false]);
});

test("it can be dropped before the stream has brought it, and what comes late changes nothing", async () => {
  house.answer = async () => row("a");
  await setFollowed("topic", topic, true);
  await setFollowed("topic", topic, false);
  expect(house.deleted).toEqual(["a"]);
  stream("put", row("a"));
  expect(isFollowed("topic", topic)).toBe(false);
  stream("del", row("a"));
  expect(isFollowed("topic", topic)).toBe(false);
});

test("the stream may be faster than the answer", async () => {
  house.answer = async () => (stream("put", row("a")), row("a"));
  await setFollowed("topic", topic, true);
  stream("del", row("a"));
  expect(isFollowed("topic", topic)).toBe(false);
});
