/** Whose hands a command is in. `allowed` says what the house can do now; who of it is what is decided here. */

import { can, me } from "../rights";
import type { Case } from "./words";

type Whose = "dispatch" | "lead" | "supervise" | "office" | "house";

/** The offices for which the person handles requests today; other roles at an office do not count. */
export function ownOffices(): string[] {
  return (me.value?.roles ?? []).flatMap(({ role, office }) => (role === "service_staff" && office ? [office] : []));
}

export function isInHand(whose: Whose, one: Case): boolean {
  const ours = ownOffices();
  const leads = Boolean(one.office && ours.includes(one.office.id));
  switch (whose) {
    case "dispatch":
      return can("request.dispatch");
    case "lead":
      return can("request.lead_on");
    case "supervise":
      return can("request.supervise");
    case "office":
      return can("request.handle") && leads;
    case "house":
      return can("request.handle") && (leads || one.helpers.some(({ id }) => ours.includes(id)));
  }
}

/** Whether the person's work ever brings this into their hands, whatever the case. */
export function mayEver(whose: Whose): boolean {
  return can({ dispatch: "request.dispatch", lead: "request.lead_on", supervise: "request.supervise", office: "request.handle", house: "request.handle" }[whose]);
}

export type { Whose };
