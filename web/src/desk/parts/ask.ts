/**
 * Asking before a command: a reason, a person, a time. One dialog for all desks (AskDialog.vue). It stays open while the
 * server refuses, with the refusal beside the field it names, so that nothing typed is lost.
 */

import { shallowRef } from "vue";

export interface Option {
  value: string;
  label: string;
  /** Why it cannot be chosen, or what helps to choose. */
  hint?: string;
  disabled?: boolean;
}

interface Common {
  /** As the server's form names it, so that its refusals find it. */
  name: string;
  label: string;
  hint?: string;
  optional?: boolean;
}

export type Field = Common &
  (
    | { kind: "text" | "area"; max?: number; value?: string }
    | { kind: "number"; least?: number; most?: number; value?: number }
    /** `find`: more than the options at first, asked for by what is typed. */
    | { kind: "choice"; options: Option[]; value?: string; find?: (words: string) => Promise<Option[]> }
    | { kind: "choices"; options: Option[]; value?: string[] }
    | { kind: "time"; value?: string }
    /** A day in Shanghai, as 2019-08-02. */
    | { kind: "day"; value?: string }
    | { kind: "switch"; value?: boolean }
  );

/** What was filled in, by name: texts are trimmed, times are ISO 8601, fields left empty are missing. */
export type Values = Record<string, unknown>;

export interface Question {
  title: string;
  /** What will happen, so that nobody has to guess. */
  lead?: string;
  fields?: Field[];
  /** What the button says: the verb of the command. */
  confirm: string;
  danger?: boolean;
  /**
   * Carries it out. A refusal is shown in the dialog, which stays. `key` is for the write: pressed again after a lost
   * answer it is the same, so that nothing is done twice; after a refusal, which did nothing, it is another.
   */
  send: (values: Values, key: string) => Promise<unknown>;
  /** What is said when it is done. */
  done?: string;
}

export const asked = shallowRef<(Question & { resolve: (done: boolean) => void }) | null>(null);

/** Ask, and carry out. Resolves to whether it was done. */
export function ask(question: Question): Promise<boolean> {
  asked.value?.resolve(false);
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      resolve: (done) => {
        asked.value = null;
        resolve(done);
      },
    };
  });
}
