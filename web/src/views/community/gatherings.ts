/** Gatherings as people speak of them. */

import type { Gathering } from "./shapes";
import { clock, date, dayOf } from "@/app/time";

export function whenWords({ starts_at, ends_at }: Gathering): string {
  const [from, to] = [new Date(starts_at), new Date(ends_at)];
  const end = dayOf(from) === dayOf(to) ? clock(to) : `${date(ends_at)} ${clock(to)}`;
  return `${date(starts_at)} ${clock(from)}–${end}`;
}

export function byStart(a: Gathering, b: Gathering): number {
  return a.starts_at.localeCompare(b.starts_at);
}
