/** What forms have in common: mistakes said beside their fields, and work that is not begun twice. */

import { nextTick, reactive, ref, type Ref } from "vue";

import { Problem } from "@/api/client";
import { t } from "@/i18n";

import { wordsOf } from "./problems";
import { toast } from "./toast";

/** Tell what went wrong. What is no refusal is a mistake of ours. */
export function tellProblem(error: unknown): void {
  if (!(error instanceof Problem)) console.error(error);
  toast(wordsOf(error), "error");
}

export interface FormState<Name extends string> {
  mistakes: Record<Name, string>;
  busy: Ref<boolean>;
  /** Whether the given fields are filled; the first that is not gets the focus. */
  demand(values: Partial<Record<Name, string>>): boolean;
  mark(problem: { errors?: readonly { field: string; message: string }[] | undefined }): void;
  /** Run `work` unless it runs already; a refusal is told, and marks the fields that it names. */
  send(work: () => Promise<void>): Promise<void>;
}

/** `id` is what the ids of the form's fields begin with: `<id>-<name>`. */
export function useForm<Name extends string>(id: string, names: readonly Name[]): FormState<Name> {
  const empty = Object.fromEntries(names.map((name) => [name, ""])) as Record<Name, string>;
  const mistakes = reactive({ ...empty }) as Record<Name, string>;
  const busy = ref(false);

  function clear(): void {
    Object.assign(mistakes, empty);
  }

  function focusFirst(): void {
    const first = names.find((name) => mistakes[name]);
    if (first) void nextTick(() => document.getElementById(`${id}-${first}`)?.focus());
  }

  function mark(problem: { errors?: readonly { field: string; message: string }[] | undefined }): void {
    for (const { field, message } of problem.errors ?? []) {
      const name = names.find((one) => field.split(".").includes(one));
      if (name) mistakes[name] = message;
    }
    focusFirst();
  }

  function demand(values: Partial<Record<Name, string>>): boolean {
    clear();
    for (const [name, value] of Object.entries(values) as [Name, string][])
      if (!value.trim()) mistakes[name] = t("form.required");
    focusFirst();
    return names.every((name) => !mistakes[name]);
  }

  async function send(work: () => Promise<void>): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      await work();
    } catch (error) {
      tellProblem(error);
      if (error instanceof Problem) mark(error);
    } finally {
      busy.value = false;
    }
  }
  return { mistakes, busy, demand, mark, send };
}
