/** The key of a thing that is being made: sent again after a lost answer, it is there once. */

import { newKey, Problem } from "@/api/client";

export interface SendKey {
  readonly value: string;
  /** Take another key for the next attempt, unless the answer to this one may only be late. */
  after(error: unknown): void;
}

export function useSendKey(): SendKey {
  let key = newKey();
  return {
    get value() {
      return key;
    },
    after(error) {
      if (!(error instanceof Problem) || !error.isPassing) key = newKey();
    },
  };
}
