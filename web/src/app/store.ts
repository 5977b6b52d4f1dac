/** The synchronised copy, for views: thin composables over the one `Sync`. */

import { computed, onScopeDispose, shallowReactive, shallowReadonly, shallowRef, toValue, watch, watchEffect, type ComputedRef, type MaybeRefOrGetter, type Ref } from "vue";

import { read, server } from "../api/client";
import { COPIED, takeEarly } from "../early";
import { browser, Sync, type LineState, type News, type Pending } from "../sync";
import { openStore } from "../sync/idb_store";
import { remember } from "./memory";

export const sync = new Sync({
  server: { ...server, get: getEarly },
  store: openStore(__APP__),
  platform: browser(location.origin, __APP__),
});

/** The first reading may be under way since before this script was here. */
async function getEarly(path: string, query: Record<string, unknown>): Promise<unknown> {
  const early = path === "/sync/snapshot" && query["streams"] === "pub" && !query["cursor"] ? takeEarly() : undefined;
  if (early) {
    try {
      return await read(await early);
    } catch {
      // It is asked for again below, and whatever is wrong is found there.
    }
  }
  return server.get(path, query);
}
// Timers of a page in the background run late or not at all.
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sync.wake());

/** How often things of a kind have changed; reading it makes a view follow the kind, and that kind alone. */
const versions = new Map<string, Ref<number>>();

function versionOf(kind: string): Ref<number> {
  let version = versions.get(kind);
  if (!version) versions.set(kind, (version = shallowRef(0)));
  return version;
}

export interface SyncState {
  line: LineState;
  /** Whether everything we want has been read once, from the server or from the disk. */
  ready: boolean;
  /** Whether the last thing we asked the server for failed. */
  failing: boolean;
  outbox: readonly Pending[];
  /** "memory": the copy will be gone when the page is closed, and with it what waits to be sent. */
  storage: "disk" | "memory";
}

const state = shallowReactive<SyncState>(now());

function now(): SyncState {
  return { line: sync.state, ready: sync.ready, failing: sync.failing, outbox: sync.outbox, storage: sync.storage };
}

sync.subscribe(({ changes }) => {
  for (const kind of new Set(changes.map((change) => change.kind))) versionOf(kind).value++;
  Object.assign(state, now());
});
watch(
  () => state.ready && state.storage === "disk",
  (isKept) => isKept && remember(COPIED, "1"),
  { immediate: true },
);

/** The state of the line, and what waits to be sent. */
export function useSyncState(): Readonly<SyncState> {
  return shallowReadonly(state);
}

export interface ListOptions<T> {
  /** One stream's things only; a getter may give undefined for all. */
  stream?: MaybeRefOrGetter<string | undefined>;
  where?: (thing: T) => boolean;
  sort?: (a: T, b: T) => number;
}

/** Everything of a kind, kept up to date. `where` and `sort` may read refs. */
export function useList<T>(kind: string, { stream, where, sort }: ListOptions<T> = {}): ComputedRef<T[]> {
  const version = versionOf(kind);
  return computed(() => {
    void version.value;
    let things = sync.list<T>(kind, toValue(stream));
    if (where) things = things.filter(where);
    return sort ? things.sort(sort) : things;
  });
}

/** One thing, kept up to date; undefined while we do not hold it. */
export function useThing<T>(kind: string, id: MaybeRefOrGetter<string | undefined>): ComputedRef<T | undefined> {
  const version = versionOf(kind);
  return computed(() => {
    void version.value;
    const name = toValue(id);
    return name === undefined ? undefined : sync.find<T>(kind, name);
  });
}

/** Follow a stream as long as the view lives. */
export function useWatch(stream: MaybeRefOrGetter<string | null | undefined>): void {
  watchEffect((onCleanup) => {
    const name = toValue(stream);
    if (name) onCleanup(sync.watch(name));
  });
}

/** Be told of what comes, as long as the view lives. */
export function useNews(fn: (news: News) => void): void {
  onScopeDispose(sync.subscribe(fn));
}
