/** What a tip is called on its way. */

import type { Tip } from "./shapes";
import { tMaybe } from "@/i18n";

export function tipState({ state }: Pick<Tip, "state">): string {
  return tMaybe(`tips.state.${state}`, state);
}

export function firstWords(text: string): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
