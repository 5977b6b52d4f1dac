/** Commands over the version that somebody has seen, where a colleague may be quicker. */

import type { Ref } from "vue";

import { Problem } from "@/api/client";

import type { Question, Values } from "./ask";

/**
 * What a dialog sends for a thing as it was when the dialog was opened. Where it has changed since, the newest is read
 * and the refusal shown: whoever confirms once more has seen it, and keeps what they typed.
 */
export function overSeen<T extends { ver: number }>(
  { thing, again }: { thing: Readonly<Ref<T | null | undefined>>; again: () => Promise<void> },
  send: (of: T, values: Values, key: string) => Promise<unknown>,
): Question["send"] {
  let of = thing.value;
  return async (values, key) => {
    if (!of) return;
    try {
      await send(of, values, key);
    } catch (error) {
      if (error instanceof Problem && error.status === 412) {
        await again();
        of = thing.value ?? of;
      }
      throw error;
    }
  };
}
