/** One thing that is asked for by its id, and again whenever it changes. */

import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { useNews } from "@/app/store";

import { Problem } from "@/api/client";

import { explain } from "./commands";

const RETRY_MS = 3_000;

export interface Loaded<T> {
  thing: ShallowRef<T | null>;
  isBusy: Ref<boolean>;
  failure: Ref<string>;
  again(): Promise<void>;
}

/**
 * What we hold stays while the server cannot be asked, so that nobody's work is cut off by it; it is asked for again soon.
 *
 * @param kinds the kinds under which the streams name the thing; a change of one with the same id makes us ask again
 */
export function useLoaded<T>(id: () => string | undefined, ask: (id: string) => Promise<T>, kinds: readonly string[] = []): Loaded<T> {
  const thing = shallowRef<T | null>(null);
  const isBusy = ref(false);
  const failure = ref("");
  let asked = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  async function again(): Promise<void> {
    clearTimeout(retry);
    const wanted = id();
    const mine = ++asked;
    if (!wanted) {
      thing.value = null;
      return;
    }
    isBusy.value = true;
    try {
      const found = await ask(wanted);
      if (mine !== asked) return;
      thing.value = found;
      failure.value = "";
    } catch (error) {
      if (mine !== asked) return;
      const isPassing = error instanceof Problem && error.isPassing;
      if (isPassing) retry = setTimeout(again, RETRY_MS);
      if (isPassing && thing.value) return;
      thing.value = null;
      failure.value = explain(error);
    } finally {
      if (mine === asked) isBusy.value = false;
    }
  }

  watch(id, () => {
    thing.value = null;
    void again();
  }, { immediate: true });
  const stop = (): void => {
    asked++;
    clearTimeout(retry);
  };
  useNews(({ changes }) => {
    if (changes.some((change) => kinds.includes(change.kind) && change.id === id())) void again();
  });
  onScopeDispose(stop);
  return { thing, isBusy, failure, again };
}
