/** Saving a form: its mistakes stand beside the fields, nothing typed is lost, and a colleague who was faster is met openly. */

import { ref, shallowRef, type Ref, type ShallowRef } from "vue";

import { Problem } from "@/api/client";

import { useLeaving } from "./leaving";
import { useMistakes, type Mistakes } from "./mistakes";
import { useSendKey } from "./sendKey";

export interface Saving<T> {
  mistakes: Mistakes;
  isBusy: Ref<boolean>;
  /** What a colleague has made of it since. Whoever has seen that may save once more, and puts theirs in its place knowingly. */
  theirs: ShallowRef<T | null>;
  /**
   * Send it; resolves to what became of it, or to null where it was refused.
   *
   * @param send `over` is the version of the colleague's that it takes the place of; `key` is the form's, for something new
   * @param places the fields of the form, for the refusals
   */
  put(send: (over: number | undefined, key: string) => Promise<T>, places: readonly string[]): Promise<T | null>;
}

/**
 * @param isTouched whether something would be lost by leaving
 * @param newest reads what it is now
 */
export function useSaving<T extends { ver: number }>(isTouched: () => boolean, newest: () => Promise<T>): Saving<T> {
  const mistakes = useMistakes();
  const isBusy = ref(false);
  const theirs = shallowRef(null) as ShallowRef<T | null>;
  const key = useSendKey();
  let isSaved = false;
  useLeaving(() => !isSaved && isTouched());

  async function put(send: (over: number | undefined, key: string) => Promise<T>, places: readonly string[]): Promise<T | null> {
    isBusy.value = true;
    try {
      const done = await send(theirs.value?.ver, key.value);
      isSaved = true;
      return done;
    } catch (error) {
      key.after(error);
      if (error instanceof Problem && error.code === "stale") await meet();
      else mistakes.take(error, places);
      return null;
    } finally {
      isBusy.value = false;
    }
  }

  async function meet(): Promise<void> {
    try {
      theirs.value = await newest();
    } catch (error) {
      mistakes.take(error, []);
    }
  }

  return { mistakes, isBusy, theirs, put };
}
