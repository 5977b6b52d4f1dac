/** How the newsroom calls what a live blog or a special has and does (docs/live.md). */

import type { Schemas } from "@/api/client";

export type Live = Schemas["DeskLive"];
export type Entry = Schemas["LiveEntry"];
export type DeskEntry = Schemas["DeskEntry"];
type State = Live["state"];

/** Live blogs, specials and what is not yet before everybody are on this stream. */
export const DESK = "desk:editing";

export const STATES: Record<State, string> = { draft: "筹备中", open: "直播中", closed: "已结束", withdrawn: "已撤回" };
export const TONES: Record<State, "primary" | "danger" | "info"> = { draft: "primary", open: "danger", closed: "info", withdrawn: "info" };

/** Who may show a colleague's words: those who hold `live.handle` (docs/roles.md). */
export const HANDLERS = ["chief_editor", "duty_editor", "section_head", "editor"];

/** What an entry says, in one line. */
export function wordsOf({ body }: { body: readonly Schemas["Block"][] }): string {
  const words = body.map(({ html, text, caption }) => (html ? html.replace(/<[^>]+>/g, "") : (text ?? caption ?? ""))).join(" ").trim();
  return words || "（图片）";
}
