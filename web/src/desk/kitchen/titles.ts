/** What things are called. The board holds no words, so they come from the copy that the streams keep, as they are today. */

import { computed, type ShallowRef } from "vue";

import type { Schemas } from "@/api/client";
import { useList } from "@/app/store";

import { KINDS } from "./words";

type Words = Partial<Record<"id" | "title" | "headline" | "show" | "name" | "text" | "date" | "place", string | null>> & {
  story?: unknown;
};

const COPIED = ["lead", "topic", "meeting", "directive", "assignment", "material", "rundown", "issue", "alert", "channel", "publication", "case", "scan_hit", "exam"];

export interface Named {
  kind: string;
  id: string;
  story?: string | null;
}

/** `names`: what people and stories are called, where more is known than the board itself names. */
export type TitleOf = (thing: Named, names?: Record<string, string>) => string;

export function useTitles(board: ShallowRef<Schemas["Board"] | null>, channelOf: (id: string) => string): TitleOf {
  const lists = COPIED.map((kind) => [kind, useList<Words>(kind)] as const);
  const copied = computed(
    () => new Map(lists.flatMap(([kind, list]) => list.value.map((thing) => [`${kind}:${thing.id}`, thing] as const))),
  );

  /** Stories and texts that the board itself gives for what it names elsewhere by id alone. */
  const told = computed(() => {
    const { now, escalations } = board.value ?? {};
    return {
      stories: new Map([...(now?.fast_lane ?? []), ...(now?.cases ?? [])].map(({ id, story }) => [id, story])),
      alarms: new Map((escalations ?? []).map(({ id, text }) => [id, text])),
    };
  });

  return ({ kind, id, story }, names = {}) => {
    const headline = (wanted: string | null | undefined): string | undefined =>
      wanted ? (names[wanted] ?? board.value?.names?.[wanted]) : undefined;
    const words = copied.value.get(`${kind}:${id}`);
    const of = typeof words?.story === "object" ? (words.story as Words | null) : null;
    const own = words?.title ?? words?.headline ?? words?.show ?? words?.text ?? words?.name ?? words?.place ?? words?.date ?? of?.headline;
    const found =
      kind === "channel"
        ? channelOf(id)
        : (headline(kind === "story" ? id : (story ?? told.value.stories.get(id))) ?? told.value.alarms.get(id) ?? own);
    // Without a name of its own, two of a kind are told apart by the end of their number.
    return found || `${KINDS[kind]?.name ?? kind} ${id.slice(-6)}`;
  };
}
