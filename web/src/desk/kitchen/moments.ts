/** How long things take, in the few letters that a board has room for. */

import { onScopeDispose, ref, type Ref } from "vue";

import { clock } from "@/app/time";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** This moment, every second; for the clocks that people watch. */
export function useSecond(): Ref<number> {
  const moment = ref(Date.now());
  const timer = setInterval(() => (moment.value = Date.now()), SECOND);
  onScopeDispose(() => clearInterval(timer));
  return moment;
}

/** A length of time by its largest unit: 45 分, 3 小时, 2 天. */
export function span(ms: number): string {
  const length = Math.max(0, ms);
  if (length < HOUR) return `${Math.floor(length / MINUTE)} 分`;
  return length < DAY ? `${Math.floor(length / HOUR)} 小时` : `${Math.floor(length / DAY)} 天`;
}

/** What is left until a moment, or how far it is past: 12:05 to the second within the hour. */
export function countdown(iso: string, moment: number): { text: string; isPast: boolean } {
  const left = Date.parse(iso) - moment;
  const length = Math.abs(left);
  const text =
    length < HOUR
      ? `${Math.floor(length / MINUTE)}:${String(Math.floor((length % MINUTE) / SECOND)).padStart(2, "0")}`
      : span(length);
  return { text, isPast: left < 0 };
}

/** Seconds of a show: 12′05″. */
export function lengthOf(seconds: number): string {
  const whole = Math.abs(seconds);
  return `${Math.floor(whole / 60)}′${String(whole % 60).padStart(2, "0")}″`;
}

export function clockOf(iso: string): string {
  return clock(new Date(iso));
}
