/** Which limit of a case presses most, and how much: red once it is over, amber when it soon will be. */

import { dateTime } from "@/app/time";

import { CLOCKS, lasted, type Case } from "./words";

const HOUR = 3_600_000;
/** How long before its end a limit turns amber: signing takes hours, all else takes days. */
const SOON: Record<string, number> = { take: HOUR };
const SOON_ELSE = 24 * HOUR;

export interface Pressure {
  due: string;
  tone: "" | "soon" | "late";
  words: string;
}

export function pressureOf(row: Case, moment: number): Pressure | null {
  const first = row.clocks
    .filter((clock) => !clock.ended_at && !clock.paused_since)
    .sort((a, b) => Date.parse(a.due) - Date.parse(b.due))[0];
  if (!first) return null;
  const left = Date.parse(first.due) - moment;
  const what = CLOCKS[first.name] ?? first.name;
  if (left < 0) return { due: first.due, tone: "late", words: `${what}超时 ${lasted(-left / 1000)}` };
  const isSoon = left < (SOON[first.name] ?? SOON_ELSE);
  return { due: first.due, tone: isSoon ? "soon" : "", words: `${what}${dateTime(first.due)} 前` };
}

const URGENCIES = ["normal", "urgent", "emergency"];

/** What must be done first comes first: the most urgent, and among those what is due soonest or has waited longest. */
export function byDue(moment: number): (a: Case, b: Case) => number {
  const at = (row: Case): number => Date.parse(pressureOf(row, moment)?.due ?? row.created_at);
  return (a, b) =>
    URGENCIES.indexOf(b.urgency) - URGENCIES.indexOf(a.urgency) || at(a) - at(b) || a.id.localeCompare(b.id);
}

export function newestFirst(a: Case, b: Case): number {
  return Date.parse(b.created_at) - Date.parse(a.created_at) || b.id.localeCompare(a.id);
}
