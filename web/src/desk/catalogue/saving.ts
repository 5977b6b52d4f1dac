/** Saving the form of an item or a window: what is missing, whose it is, and what a colleague has made of it meanwhile. */

import { computed, ref, type ComputedRef, type Ref } from "vue";
import { useRouter } from "vue-router";

import { catalog, type Place } from "@/app/catalog";

import { tell } from "../parts/commands";
import { useKeys } from "../parts/keys";
import { useSaving, type Saving } from "../parts/saving";
import { offices } from "../rights";
import { draftEntry, editEntry, getEntry, type Entry, type Item, type Kind, type Window } from "./entries";

export interface EntryForm extends Omit<Saving<Entry>, "put"> {
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
export function useEntryForm<T extends Item | Window>(
  kind: Kind,
  entry: Entry | null,
  { form, said, needed, places, saved }: { form: object; said: () => T; needed: (said: T) => Record<string, string | false>; places: readonly string[]; saved: (entry: Entry) => void },
): EntryForm {
  const router = useRouter();
  const office = ref(entry?.office.id ?? offices.value[0] ?? "");
  const mine = computed(() => catalog.offices.filter(({ id }) => offices.value.includes(id)));
  const untouched = JSON.stringify(form);
  const { mistakes, isBusy, theirs, put } = useSaving<Entry>(() => JSON.stringify(form) !== untouched, () => getEntry(kind, entry!.id));

  async function save(): Promise<void> {
    if (isBusy.value) return;
    mistakes.clear();
    const body = said();
    for (const [name, words] of Object.entries(needed(body))) if (words) mistakes.of[name] = words;
    if (Object.keys(mistakes.of).length) return;
    const done = await put((over, key) => (entry ? editEntry(kind, entry.id, over ?? entry.ver, body) : draftEntry(kind, office.value, body, key)), places);
    if (!done) return;
    tell("已保存，等另一位同事审核公开。");
    saved(done);
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
