/** What somebody keeps to read again: with the account where one is signed in, else on this phone until one is. */

import { computed, ref, type ComputedRef, type MaybeRefOrGetter, toValue } from "vue";

import { recallThing, rememberThing } from "@/app/memory";
import { me, onSession } from "@/app/session";
import { sync, useList, useSyncState } from "@/app/store";
import type { Pending } from "@/sync";

export type BookmarkKind = "article" | "notice" | "item" | "live";

export interface Bookmark {
  kind: string;
  thing: string;
  since: string;
}

const KEY = "ronghui.bookmarks";
const onPhone = ref<Bookmark[]>(recallThing<Bookmark[]>(KEY, []));

function keepOnPhone(next: Bookmark[]): void {
  onPhone.value = next;
  rememberThing(KEY, next);
}

/** Everything that is kept, the last first. What is on its way to the server counts already. */
export function useBookmarks(): ComputedRef<Bookmark[]> {
  const kept = useList<Bookmark>("bookmark");
  const state = useSyncState();
  return computed(() => {
    const known = new Map((me.value ? kept.value : onPhone.value).map((one) => [`${one.kind}/${one.thing}`, one]));
    for (const wish of state.outbox) apply(known, wish);
    return [...known.values()].sort((a, b) => Date.parse(b.since) - Date.parse(a.since));
  });
}

function apply(known: Map<string, Bookmark>, { name, state, args, at }: Pending): void {
  if (name !== "bookmark.set" || state === "refused") return;
  const [kind, thing] = [String(args["kind"]), String(args["thing"])];
  const key = `${kind}/${thing}`;
  if (!args["on"]) known.delete(key);
  else if (!known.has(key)) known.set(key, { kind, thing, since: at });
}

export function useIsKept(kind: BookmarkKind, thing: MaybeRefOrGetter<string>): ComputedRef<boolean> {
  const all = useBookmarks();
  return computed(() => all.value.some((one) => one.kind === kind && one.thing === toValue(thing)));
}

export async function setBookmark(kind: BookmarkKind, thing: string, on: boolean): Promise<void> {
  if (me.value) {
    const { status, problem } = await sync.mutate("bookmark.set", { kind, thing, on });
    if (status === "refused") throw new Error(problem?.detail ?? "refused");
    return;
  }
  const others = onPhone.value.filter((one) => one.kind !== kind || one.thing !== thing);
  keepOnPhone(on ? [{ kind, thing, since: new Date().toISOString() }, ...others] : others);
}

// What was kept before signing in goes along, and lies on this phone no longer.
onSession((event) => {
  if (event !== "in") return;
  const mine = onPhone.value;
  keepOnPhone([]);
  for (const { kind, thing } of mine) void sync.mutate("bookmark.set", { kind, thing, on: true });
});
