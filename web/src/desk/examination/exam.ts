/** What the pages of the examination speak of. */

import type { Schemas } from "@/api/client";

import type { Finding } from "../parts/findings";

export type Exam = Schemas["Exam"];
export type ProvenExam = Schemas["ProvenExam"];
export type Step = Schemas["ExamStep"];
export type Claim = Schemas["Claim"];

/** A correction of a few characters that a proofreader made in a step. */
export interface Fix {
  field: string;
  block_id: string | null;
  old: string;
  new: string;
  at: string;
  voided: string | null;
}

export const findingsOf = (list: readonly unknown[]): Finding[] => list as Finding[];
export const fixesOf = (step: Step): Fix[] => step.edits as unknown as Fix[];

/** What an earlier step said of a finding that stays. */
export interface Kept {
  id: string;
  reason: string;
  by: string;
}

/** The findings that somebody of this round has answered for, by id. */
export function keptIn(steps: readonly Step[]): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  for (const step of steps)
    for (const { id, resolution, reason } of step.findings as { id: string; resolution: string; reason: string }[])
      if (step.state === "passed" && resolution === "kept") kept.set(id, { id, reason, by: `${step.title} ${step.actor?.name ?? ""}` });
  return kept;
}

/** The words of a field or a block that changed. */
export function wordsOf(value: unknown): string {
  if (value === null || value === undefined || value === "") return "（无）";
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(wordsOf).join("、");
  const { html, text, caption, name, alt } = value as Record<string, unknown>;
  const words = [text, caption, html, name, alt].find((one) => typeof one === "string" && one !== "");
  return typeof words === "string" ? plain(words) : "（没有文字）";
}

function plain(html: string): string {
  return html.replace(/<\/(p|li|h\d|tr)>|<br\s*\/?>/g, "\n").replace(/<[^>]*>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&nbsp;/g, " ").replace(/&amp;/g, "&").trim();
}
