/**
 * What somebody follows: topics by their words, all else by its id. What was touched counts at once; the stream confirms
 * it, and a refusal takes it back.
 */

import { computed, shallowReactive } from "vue";

import { del, post, type Schemas } from "@/api/client";

import { onSession } from "./session";
import { sync, useList } from "./store";

export type Follow = Schemas["Follow"];
export type FollowKind = Schemas["FollowForm"]["kind"];

/** What the stream has said, the latest first. */
export const follows = useList<Follow>("follow", { sort: (a, b) => b.since.localeCompare(a.since) });
const held = computed(() => new Map(follows.value.map((one) => [keyOf(one.kind, one.thing), one])));
/** What was touched and the stream has not said yet. `id`: what the server has called it. */
const wishes = shallowReactive(new Map<string, { on: boolean; id?: string }>());
const sending = shallowReactive(new Set<string>());

function keyOf(kind: string, thing: string): string {
  return `${kind}/${thing}`;
}

export function isFollowed(kind: FollowKind, thing: string): boolean {
  const key = keyOf(kind, thing);
  return wishes.get(key)?.on ?? held.value.has(key);
}

/** Whether the server has still to answer; until then it cannot be changed again. */
export function isSending(kind: FollowKind, thing: string): boolean {
  return sending.has(keyOf(kind, thing));
}

/** Follow a thing or no more; throws what the server refuses. */
export async function setFollowed(kind: FollowKind, thing: string, on: boolean): Promise<void> {
  const key = keyOf(kind, thing);
  if (sending.has(key) || isFollowed(kind, thing) === on) return;
  const id = wishes.get(key)?.id ?? held.value.get(key)?.id;
  wishes.set(key, { on });
  sending.add(key);
  try {
    if (on) {
      const made = await post("/me/follows", { body: { kind, thing } });
      // Where the stream was faster, it has the id.
      if (wishes.has(key)) wishes.set(key, { on, id: made.id });
    } else if (id) await del("/me/follows/{follow_id}", { path: { follow_id: id } });
  } catch (error) {
    wishes.delete(key);
    throw error;
  } finally {
    sending.delete(key);
  }
}

sync.subscribe(({ changes }) => {
  for (const { kind, op, data } of changes) {
    if (kind !== "follow") continue;
    const { kind: what, thing } = data as Follow;
    const key = keyOf(what, thing);
    if (wishes.get(key)?.on === (op === "put")) wishes.delete(key);
  }
});
onSession((event) => event !== "renewed" && wishes.clear());
