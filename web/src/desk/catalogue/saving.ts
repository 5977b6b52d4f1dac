/** Saving the form of an item or a window: what is missing, whose it is, and what a colleague has made of it meanwhile. */

import { computed, ref, shallowRef, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { useRouter } from "vue-router";

import { Problem } from "@/api/client";
import { catalog, type Place } from "@/app/catalog";

import { tell } from "../parts/commands";
import { useKeys } from "../parts/keys";
import { useLeaving } from "../parts/leaving";
import { useMistakes, type Mistakes } from "../parts/mistakes";
import { useSendKey } from "../parts/sendKey";
import { offices } from "../rights";
import { draftEntry, editEntry, getEntry, type Entry, type Item, type Kind, type Window } from "./entries";

export interface Saving {
  mistakes: Mistakes;
  isBusy: Ref<boolean>;
  /** What a colleague has made of it since; ours may still be put in its place. */
  theirs: ShallowRef<Entry | null>;
  /** Whose it will be. */
  office: Ref<string>;
  mine: ComputedRef<Place[]>;
  save(): Promise<void>;
  leave(): void;
}

/**
 * @param form what is typed, so that nobody leaves it unasked
 * @param said what is sent
 * @param needed what is missing, by field, in words
 */
export function useSaving<T extends Item | Window>(
  kind: Kind,
  entry: Entry | null,
  { form, said, needed, places, saved }: { form: object; said: () => T; needed: (said: T) => Record<string, string | false>; places: readonly string[]; saved: (entry: Entry) => void },
): Saving {
  const router = useRouter();
  const mistakes = useMistakes();
  const isBusy = ref(false);
  const isSaved = ref(false);
  const theirs = shallowRef<Entry | null>(null);
  const office = ref(entry?.office.id ?? offices.value[0] ?? "");
  const mine = computed(() => catalog.offices.filter(({ id }) => offices.value.includes(id)));
  const key = useSendKey();
  const untouched = JSON.stringify(form);
  useLeaving(() => !isSaved.value && JSON.stringify(form) !== untouched);

  async function save(): Promise<void> {
    if (isBusy.value) return;
    mistakes.clear();
    const body = said();
    for (const [name, words] of Object.entries(needed(body))) if (words) mistakes.of[name] = words;
    if (Object.keys(mistakes.of).length) return;
    isBusy.value = true;
    try {
      const done = entry ? await editEntry(kind, entry.id, theirs.value?.ver ?? entry.ver, body) : await draftEntry(kind, office.value, body, key.value);
      isSaved.value = true;
      tell("已保存，等另一位同事审核公开。");
      saved(done);
    } catch (error) {
      key.after(error);
      if (entry && error instanceof Problem && error.code === "stale") await meet(entry);
      else mistakes.take(error, places);
    } finally {
      isBusy.value = false;
    }
  }

  async function meet(one: Entry): Promise<void> {
    try {
      theirs.value = await getEntry(kind, one.id);
    } catch (error) {
      mistakes.take(error, []);
    }
  }

  function leave(): void {
    const home = kind === "item" ? "/catalogue/items" : "/catalogue/windows";
    void router.push(entry ? `${home}/${entry.id}` : home);
  }

  useKeys([
    { key: "Ctrl+s", what: "保存", run: () => void save(), always: true },
    { key: "Escape", what: "不写了", run: leave },
  ]);
  return { mistakes, isBusy, theirs, office, mine, save, leave };
}

/** One thing a line, as it is typed. */
export function linesOf(text: string): string[] {
  return text.split(/\n+/).map((line) => line.trim()).filter(Boolean);
}
