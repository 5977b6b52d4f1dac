/** Where a form's mistakes stand: beside the fields that the server named, and the rest above the button. */

import { reactive, ref, type Ref } from "vue";

import { Problem } from "@/api/client";

import { explain } from "./commands";

export interface Mistakes {
  /** By the name of the field, as the server's form has it. */
  of: Record<string, string>;
  /** What no field of the page is named for. */
  rest: Ref<string>;
  clear(): void;
  /** Put a refusal where it belongs. `places`: the fields of the page; a mistake deeper in goes to the nearest one above it. */
  take(error: unknown, places: readonly string[]): void;
}

export function useMistakes(): Mistakes {
  const of = reactive<Record<string, string>>({});
  const rest = ref("");

  function clear(): void {
    for (const name of Object.keys(of)) delete of[name];
    rest.value = "";
  }

  function take(error: unknown, places: readonly string[]): void {
    clear();
    const named = error instanceof Problem ? (error.body.errors ?? []) : [];
    // The longest name wins, so that `info.0.expires` is not taken for `info`.
    const known = [...places].sort((a, b) => b.length - a.length);
    const left = named.filter(({ field, message }) => {
      const place = known.find((one) => field === one || field.startsWith(`${one}.`));
      if (place) of[place] ??= message;
      return !place;
    });
    if (!named.length || left.length) rest.value = explain(error);
  }

  return { of, rest, clear, take };
}
