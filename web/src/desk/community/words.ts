/** How polls and gatherings are called (docs/community.md). */

import type { Schemas } from "@/api/client";

export type Poll = Schemas["EditorPoll"];
export type Gathering = Schemas["OrganisedGathering"];

type Tone = "primary" | "success" | "info" | "warning" | "danger";

export const POLL_STATES: Record<Poll["state"], string> = { draft: "草稿", open: "进行中", closed: "已结束", withdrawn: "已撤回" };
export const POLL_TONES: Record<Poll["state"], Tone> = { draft: "primary", open: "success", closed: "info", withdrawn: "danger" };
export const RESULTS: Record<Poll["results"], string> = { after_vote: "投了票就能看", after_close: "结束之后才公布" };

export const GATHERING_STATES: Record<Gathering["state"], string> = { draft: "草稿", open: "报名中", closed: "报名截止", cancelled: "已取消" };
export const GATHERING_TONES: Record<Gathering["state"], Tone> = { draft: "primary", open: "success", closed: "info", cancelled: "danger" };

/** Whoever wrote any of it does not let it out. */
export function wrote(writers: readonly { id: string }[], person: string | undefined): boolean {
  return writers.some(({ id }) => id === person);
}
