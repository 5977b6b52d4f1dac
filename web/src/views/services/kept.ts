/**
 * Public things that are asked for and not synced (the catalogue, the map, windows): shown at once as this phone last
 * had them, then as they are now. So they can be read without signal, too.
 */

import { openDB, type IDBPDatabase } from "idb";
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { Problem } from "@/api/client";
import { useSyncState } from "@/app/store";

const NAME = "ronghui-kept";
const STORE = "kept";

let opened: Promise<IDBPDatabase> | null = null;

function database(): Promise<IDBPDatabase> {
  opened ??= openDB(NAME, 1, { upgrade: (db) => void db.createObjectStore(STORE) });
  return opened;
}

async function recallKept<T>(key: string): Promise<T | null> {
  try {
    return ((await (await database()).get(STORE, key)) as T | undefined) ?? null;
  } catch {
    return null;
  }
}

async function keep(key: string, data: unknown): Promise<void> {
  try {
    await (await database()).put(STORE, data, key);
  } catch {
    // A phone that forbids storage reads it anew each time.
  }
}

export interface Kept<T> {
  data: ShallowRef<T | null>;
  /** `old`: what is shown could not be renewed. */
  state: Ref<"loading" | "fresh" | "old" | "failed">;
  problem: ShallowRef<Problem | null>;
  reload: () => Promise<void>;
}

/** `key` names what `load` asks for; when it changes, the other thing is shown. */
export function useKept<T>(key: () => string, load: () => Promise<T>): Kept<T> {
  const data = shallowRef<T | null>(null);
  const state: Kept<T>["state"] = ref("loading");
  const problem = shallowRef<Problem | null>(null);
  const line = useSyncState();
  let isGone = false;

  async function reload(): Promise<void> {
    const asked = key();
    const isStill = (): boolean => !isGone && asked === key();
    if (data.value === null) state.value = "loading";
    try {
      const got = await load();
      void keep(asked, got);
      if (!isStill()) return;
      [data.value, state.value, problem.value] = [got, "fresh", null];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (!isStill()) return;
      problem.value = error;
      // What is not there any more is not shown any more; without an answer, what was there may be.
      if (error.status === 404 || error.status === 410) data.value = null;
      state.value = data.value === null ? "failed" : "old";
    }
  }

  watch(
    key,
    async (asked) => {
      [data.value, state.value, problem.value] = [null, "loading", null];
      const held = await recallKept<T>(asked);
      if (held !== null && asked === key() && data.value === null) [data.value, state.value] = [held, "old"];
      await reload();
    },
    { immediate: true },
  );
  watch(
    () => line.line,
    (now) => {
      if (now === "live" && (state.value === "old" || state.value === "failed")) void reload();
    },
  );
  onScopeDispose(() => (isGone = true));
  return { data, state, problem, reload };
}
