/** A screen that shows one thing: out of the copy, or from the server when the copy lacks it or its text. */

import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from "vue";

import { Problem } from "@/api/client";
import { wordsOf } from "@/app/problems";
import { useSyncState, useThing } from "@/app/store";

interface Thing {
  id: string;
  ver?: number | undefined;
}

export interface Lost {
  /** `gone`: it was there and was taken away; `missing`: there is none; `unreachable`: the network has to say. */
  why: "gone" | "missing" | "unreachable";
  /** The public reason of a withdrawal, or the server's own sentence. */
  reason: string;
}

export interface Reader<T> {
  thing: ComputedRef<T | undefined>;
  lost: ComputedRef<Lost | null>;
  /** Counts the changes of what is being read. */
  changes: Ref<number>;
  ask(): Promise<void>;
}

export interface Reading<T> {
  kind: string;
  id: string;
  /** Asks the server. */
  fetch: () => Promise<T>;
  /** Whether the copy carries all that is shown. */
  isWhole?: (thing: T) => boolean;
}

export function useReader<T extends Thing>({ kind, id, fetch, isWhole = () => true }: Reading<T>): Reader<T> {
  const held = useThing<T>(kind, id);
  const state = useSyncState();
  const fetched = shallowRef<T>();
  const lost = shallowRef<Lost | null>(null);
  const changes = ref(0);
  let asking = false;
  let isLeft = false;

  const thing = computed(() => {
    if (lost.value && lost.value.why !== "unreachable") return undefined;
    return held.value && isWhole(held.value) ? held.value : fetched.value;
  });

  async function ask(): Promise<void> {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch();
      if (isLeft) return;
      fetched.value = answer;
      lost.value = null;
    } catch (error) {
      if (isLeft) return;
      lost.value = explained(error);
    } finally {
      asking = false;
    }
  }

  function explained(error: unknown): Lost | null {
    const why = whyOf(error);
    // That it is gone is known already; a bare "not found", or no answer, says less than that.
    if (lost.value?.why === "gone" && why !== "gone") return lost.value;
    if (why === "unreachable" && thing.value) return null;
    return { why, reason: error instanceof Problem && why === "gone" ? error.reason : wordsOf(error) };
  }

  watch(
    held,
    (now, before) => {
      if (now) {
        if (lost.value) lost.value = null;
        if (before && before.ver !== now.ver) changes.value++;
        if (!isWhole(now) && fetched.value?.ver !== now.ver) void ask();
        return;
      }
      if (before && state.ready) {
        // It left the copy: the words go at once, then the server may say why.
        fetched.value = undefined;
        lost.value = { why: "gone", reason: "" };
      }
      void ask();
    },
    { immediate: true },
  );
  // What could not be fetched is fetched when the line is back.
  watch(
    () => state.line,
    (line) => {
      if (line === "live" && (lost.value?.why === "unreachable" || (!thing.value && !lost.value))) void ask();
    },
  );
  onScopeDispose(() => (isLeft = true));

  return { thing, lost: computed(() => lost.value), changes, ask };
}

function whyOf(error: unknown): Lost["why"] {
  if (!(error instanceof Problem) || error.isPassing) return "unreachable";
  return error.status === 410 || error.code === "withdrawn" ? "gone" : "missing";
}
