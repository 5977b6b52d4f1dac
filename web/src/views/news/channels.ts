/** The channels of the news as this reader wants them: with the account where one is signed in, else on this phone. */

import { computed, ref, type ComputedRef } from "vue";

import { catalog, type Place } from "@/app/catalog";
import { recall, recallThing, remember, rememberThing } from "@/app/memory";
import { me } from "@/app/session";
import { sync, useList, useSyncState } from "@/app/store";

/** What a reader chose, by the ids of sections; those that are not named come after in the order of the house. */
export interface Choice {
  order: string[];
  hidden: string[];
}

/** One that is only on its way to the server has nothing but what is being changed. */
interface Preference {
  towns?: string[];
  channels?: Choice;
}

const KEY = "ronghui.channels";
const TOWN = "ronghui.town";
const NOTHING: Choice = { order: [], hidden: [] };

const onPhone = ref<Choice>({ ...NOTHING, ...recallThing<Partial<Choice>>(KEY, {}) });
const townOnPhone = ref(recall(TOWN) ?? "");

export interface Channels {
  shown: ComputedRef<Place[]>;
  hidden: ComputedRef<Place[]>;
  choose(next: Choice): void;
  choice: ComputedRef<Choice>;
  town: ComputedRef<string>;
  chooseTown(id: string): void;
}

export function useChannels(): Channels {
  const preferences = useList<Preference>("preference");
  const state = useSyncState();
  const preference = computed(() => (me.value ? preferences.value[0] : undefined));

  /** What is on its way to the server counts already. */
  const sent = computed(() => {
    const last = state.outbox.findLast(({ name, state: at, args }) => name === "me.prefer" && at !== "refused" && "channels" in args);
    return last?.args["channels"] as Choice | undefined;
  });
  const choice = computed(() => sent.value ?? preference.value?.channels ?? onPhone.value);
  const ordered = computed(() => {
    const place = (id: string): number => {
      const at = choice.value.order.indexOf(id);
      return at < 0 ? Infinity : at;
    };
    // The sort is stable: what nobody has moved stays as the house has it.
    return [...catalog.sections].sort((a, b) => (place(a.id) === place(b.id) ? 0 : place(a.id) - place(b.id)));
  });
  const isHidden = ({ id }: Place): boolean => choice.value.hidden.includes(id);

  function choose(next: Choice): void {
    onPhone.value = next;
    rememberThing(KEY, next);
    if (me.value) void sync.mutate("me.prefer", { channels: next });
  }

  return {
    shown: computed(() => ordered.value.filter((one) => !isHidden(one))),
    hidden: computed(() => ordered.value.filter(isHidden)),
    choice,
    choose,
    // For which towns one is rung is another question, so a town that is only looked at stays on the phone.
    town: computed(() => townOnPhone.value || preference.value?.towns?.[0] || ""),
    chooseTown(id) {
      townOnPhone.value = id;
      remember(TOWN, id || null);
    },
  };
}
