/** Names of works and of what has become of them (docs/notices.md). */

import type { Schemas } from "@/api/client";

export type Work = Schemas["OfficeWork"];

export const KINDS: Record<string, string> = { water: "停水", power: "停电", gas: "停气", road: "道路施工" };

/** What has become of works; published ones are told by the clock. */
export function standing(work: Work, moment: number): { words: string; tone: "primary" | "warning" | "success" | "info" | "danger" } {
  if (work.state === "draft") return { words: "草稿", tone: "primary" };
  if (work.state === "withdrawn") return { words: "已撤回", tone: "danger" };
  if (work.state === "ended" || Date.parse(work.ends_at) <= moment) return { words: "已结束", tone: "info" };
  return Date.parse(work.begins_at) > moment ? { words: "将开始", tone: "warning" } : { words: "进行中", tone: "success" };
}
