/**
 * The board of this moment or of any event of the past, and what its parts need to draw it. One a page; the parts take it
 * from the page above them.
 */

import { computed, inject, onScopeDispose, provide, ref, shallowRef, watch, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from "vue";

import { get, type Schemas } from "@/api/client";
import { useNews } from "@/app/store";
import { now } from "@/app/time";

import { explain } from "../parts/commands";
import { useTitles, type TitleOf } from "./titles";
import { KINDS, STATES } from "./words";

export type Board = Schemas["Board"];
export type Thing = Schemas["BoardThing"];
export type Things = Schemas["BoardThings"];

/** A number that somebody wants to see behind: the address of its rows, and whose number it is. */
export interface Behind {
  title: string;
  rows: string;
  /** All numbers of the same things, to go from one to the other. */
  things?: Things;
}

export interface Kitchen {
  board: ShallowRef<Board | null>;
  failure: Ref<string>;
  /** The event whose board is wanted; null for that of now. */
  asOf: Ref<number | null>;
  /** The last event we know of. */
  head: Ref<number>;
  /** Whether something has come in while the past is looked at. */
  hasNews: Ref<boolean>;
  /** The moment of the board: the clock's, or that of the event. */
  moment: ComputedRef<number>;
  behind: ShallowRef<Behind | null>;
  again(): void;
  nameOf(id: string): string;
  channelOf(id: string): string;
  deskOf(id: string): string;
  stateOf(kind: string, state: string): string;
  titleOf: TitleOf;
}

const KEY: InjectionKey<Kitchen> = Symbol("kitchen");
// A burst of news is one question, and a slow answer is not asked for twice.
const REST_MS = 800;

/** Call `fn` when something of the house has moved, at most once in a while. */
function onHouseNews(fn: () => void): void {
  let rest: ReturnType<typeof setTimeout> | undefined;
  useNews(({ changes, live }) => {
    if (!live || !changes.some(({ stream }) => stream === "kitchen" || stream.startsWith("desk:"))) return;
    rest ??= setTimeout(() => {
      rest = undefined;
      fn();
    }, REST_MS);
  });
  onScopeDispose(() => clearTimeout(rest));
}

/** Names of channels and desks, which the board gives by id; read once a page, again until it works. */
function useNames(): { of: Ref<Record<string, string>>; read(): Promise<void> } {
  const of = ref<Record<string, string>>({});
  let isRead = false;
  async function read(): Promise<void> {
    if (isRead) return;
    isRead = true;
    try {
      const [channels, { items, shared }] = await Promise.all([get("/kitchen/channels"), get("/kitchen/units")]);
      const desks = [...items, shared].flatMap((crew) => crew.desks);
      of.value = Object.fromEntries([
        ...channels.items.map(({ id, name }) => [`channel:${id}`, name]),
        ...desks.map(({ id, name }) => [`desk:${id}`, name]),
      ]);
    } catch {
      // Until the next board the ids stand there, which is better than nothing.
      isRead = false;
    }
  }
  return { of, read };
}

export function provideKitchen(): Kitchen {
  const board = shallowRef<Board | null>(null);
  const failure = ref("");
  const asOf = ref<number | null>(null);
  const head = ref(0);
  const hasNews = ref(false);
  const behind = shallowRef<Behind | null>(null);
  const names = useNames();
  let isBusy = false;
  let isStale = false;

  async function load(): Promise<void> {
    if (isBusy) {
      isStale = true;
      return;
    }
    isBusy = true;
    void names.read();
    const wanted = asOf.value;
    try {
      const found = await get("/kitchen/board", { query: { names: "1", ...(wanted !== null && { as_of_seq: wanted }) } });
      if (wanted === asOf.value) {
        board.value = found;
        failure.value = "";
        if (wanted === null) head.value = found.as_of_seq;
      }
    } catch (error) {
      if (wanted === asOf.value) failure.value = explain(error);
    } finally {
      isBusy = false;
      if (isStale) {
        isStale = false;
        void load();
      }
    }
  }

  watch(asOf, () => {
    hasNews.value = false;
    void load();
  });
  onHouseNews(() => (asOf.value === null ? void load() : (hasNews.value = true)));
  // What turns red by the hour alone comes over no stream.
  watch(now, () => asOf.value === null && void load());
  void load();

  const channelOf = (id: string): string => names.of.value[`channel:${id}`] ?? id;
  const kitchen: Kitchen = {
    board,
    failure,
    asOf,
    head,
    hasNews,
    moment: computed(() => (asOf.value === null || !board.value ? now.value : Date.parse(board.value.at))),
    behind,
    again: () => void load(),
    nameOf: (id) => board.value?.names?.[id] ?? "一位同事",
    channelOf,
    deskOf: (id) => names.of.value[`desk:${id}`] ?? id,
    stateOf: (kind, state) => {
      const at = KINDS[kind]?.at;
      return (at && board.value?.sections[at[0]]?.things[at[1]]?.states[state]?.title) ?? STATES[state] ?? state;
    },
    titleOf: useTitles(board, channelOf),
  };
  provide(KEY, kitchen);
  return kitchen;
}

export function useKitchen(): Kitchen {
  const kitchen = inject(KEY);
  if (!kitchen) throw new Error("the board stands outside its page");
  return kitchen;
}
