/** What things are called. The board holds no words, so they come from the copy that the streams keep, as they are today. */

import { computed } from "vue";
import { useRouter } from "vue-router";

import { useList } from "@/app/store";

import { can } from "../rights";
import { desks } from "../desks";
import { useKitchen } from "./board";
import { KINDS } from "./words";

type Words = Partial<Record<"id" | "title" | "headline" | "show" | "name" | "text" | "date" | "place", string | null>> & {
  story?: string | null;
};

const COPIED = ["lead", "topic", "meeting", "directive", "assignment", "material", "rundown", "issue", "alert", "channel", "publication", "case", "scan_hit", "alarm"];
/** Where a thing is worked on: the first of these addresses that exists and is open to the person. */
const HOMES: Record<string, string> = {
  lead: "/planning/leads",
  topic: "/planning/topics",
  meeting: "/planning/meetings",
  directive: "/planning/directives",
  assignment: "/planning/assignments",
  story: "/editor",
  exam: "/exam",
};

export interface Named {
  kind: string;
  id: string;
  story?: string | null;
}

export function useTitles(): { titleOf(thing: Named, names?: Record<string, string>): string; homeOf(thing: Named): string | null } {
  const kitchen = useKitchen();
  const router = useRouter();
  const lists = COPIED.map((kind) => [kind, useList<Words>(kind)] as const);
  const copied = computed(
    () => new Map(lists.flatMap(([kind, list]) => list.value.map((thing) => [`${kind}:${thing.id}`, thing] as const))),
  );

  function titleOf({ kind, id, story }: Named, names: Record<string, string> = {}): string {
    const headline = (wanted: string | null | undefined): string | undefined =>
      wanted ? (names[wanted] ?? kitchen.board.value?.names?.[wanted]) : undefined;
    const words = copied.value.get(`${kind}:${id}`);
    const own = words?.title ?? words?.headline ?? words?.show ?? words?.text ?? words?.name ?? words?.place ?? words?.date;
    const found = kind === "channel" ? kitchen.channelOf(id) : (headline(kind === "story" ? id : story) ?? own);
    // Without a name of its own, two of a kind are told apart by the end of their number.
    return found || `${KINDS[kind]?.name ?? kind} ${id.slice(-6)}`;
  }

  function homeOf({ kind, id }: Named): string | null {
    const home = HOMES[kind];
    if (!home) return null;
    const path = `${home}/${id}`;
    const desk = desks.find((one) => one.id === router.resolve(path).meta.desk);
    return desk && can(...desk.needs) ? path : null;
  }

  return { titleOf, homeOf };
}
