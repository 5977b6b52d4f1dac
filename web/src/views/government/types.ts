/** What the offices publish, as it travels. */

import type { Schemas } from "@/api/client";

type Body = Schemas["Block"][];

/** A notice; one that was withdrawn has neither body nor attachments any more. */
export type Notice = Omit<Schemas["Notice"], "body" | "explanation" | "services" | "attachments" | "versions"> & {
  body?: Body;
  attachments?: Schemas["Media"][];
  services?: Schemas["ServiceCard"][];
  versions?: Schemas["NoticeVersion"][];
  explanation: Schemas["Explanation"] | null;
};

/** Works as the copy has them: what moves with the clock is left out of it. */
export type Work = Omit<Schemas["WorkNow"], "phase">;
export type Phase = Schemas["WorkNow"]["phase"];

export function phaseOf({ begins_at, ends_at, ended_at }: Work, moment: number): Phase {
  if (ended_at || Date.parse(ends_at) <= moment) return "over";
  return Date.parse(begins_at) <= moment ? "on" : "upcoming";
}
