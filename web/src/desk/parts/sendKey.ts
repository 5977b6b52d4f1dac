/**
 * Keys under which writes are sent, so that one whose answer was lost is carried out once, however often it is sent again.
 * A dialog is given one (ask.ts); a form keeps its own; a command of one press has it of what it is about.
 */

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

/** The key of a command that says nothing but which thing, as it was seen: it can be carried out once on each version. */
export function keyOf(verb: string, { id, ver }: { id: string; ver: number }): string {
  return `${verb}.${id}.${ver}`;
}
