/** Where things of a kind are worked on: whoever reads of one is led there, if that desk is open to them. */

import { useRouter } from "vue-router";

import { desks } from "../desks";
import { can } from "../rights";

/** Only what is a page of a desk is led to. */
const HOMES: Record<string, string> = {
  lead: "/planning/leads",
  topic: "/planning/topics",
  meeting: "/planning/meetings",
  assignment: "/planning/assignments",
  story: "/stories",
  exam: "/examination",
  publication: "/publishing/queue",
  channel: "/publishing/channels",
  case: "/publishing/cases",
  issue: "/publishing/papers",
  rundown: "/publishing/rundowns",
  appeal: "/assessment/appeals",
  alert: "/monitoring/alerts",
  scan_hit: "/monitoring/hits",
  suspect: "/monitoring/suspects",
};

/** The place of a thing among the desks, or null where there is none for this person. */
export function useHomes(): (thing: { kind: string; id: string }) => string | null {
  const router = useRouter();
  return ({ kind, id }) => {
    const place = HOMES[kind];
    const path = place ? `${place}/${id}` : "/";
    const desk = desks.find((one) => one.id === router.resolve(path).meta.desk);
    return desk && can(...desk.needs) ? path : null;
  };
}
