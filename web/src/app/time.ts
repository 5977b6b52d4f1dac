/** Times as people say them. The district lives on Shanghai time, wherever the phone is. */

import { ref } from "vue";

import { lang, t } from "@/i18n";

const ZONE = "Asia/Shanghai";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TICK_MS = 30_000;

/** This moment, renewed twice a minute: whatever reads it grows old by itself. */
export const now = ref(Date.now());
function tick(): void {
  now.value = Date.now();
}
setInterval(tick, TICK_MS);
document.addEventListener("visibilitychange", tick);

const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { timeZone: ZONE, ...options })));
  return made;
}

/** The calendar day in Shanghai, as 2019-08-02. */
export function dayOf(at: Date): string {
  return format("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);
}

export function clock(at: Date): string {
  return format("sv-SE", { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** How long ago, or the day when it is longer than yesterday. */
export function ago(iso: string, moment = now.value): string {
  const at = new Date(iso);
  const past = moment - at.getTime();
  if (past >= -MINUTE && past < MINUTE) return t("time.now");
  if (past > 0 && past < HOUR) return t("time.minutes", { n: Math.floor(past / MINUTE) });
  if (dayOf(at) === dayOf(new Date(moment))) {
    return past > 0 && past < 6 * HOUR
      ? t("time.hours", { n: Math.floor(past / HOUR) })
      : t("time.today", { clock: clock(at) });
  }
  if (dayOf(at) === dayOf(new Date(moment - 24 * HOUR))) return t("time.yesterday", { clock: clock(at) });
  return date(iso, moment);
}

/** The day; with its year when that is another than this. */
export function date(iso: string, moment = now.value): string {
  const at = new Date(iso);
  const sameYear = dayOf(at).slice(0, 4) === dayOf(new Date(moment)).slice(0, 4);
  const isEnglish = lang.value === "en";
  return format(isEnglish ? "en-GB" : "zh-CN", {
    month: isEnglish ? "short" : "long",
    day: "numeric",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** Day and clock, for documents and steps. */
export function dateTime(iso: string): string {
  return `${date(iso)} ${clock(new Date(iso))}`;
}

/** Sorts things by a time, the newest first; what has none comes last. */
export function newestBy<K extends string>(
  field: K,
): (a: { id: string } & { [F in K]: string | null }, b: { id: string } & { [F in K]: string | null }) => number {
  const at = (value: string | null): number => (value ? Date.parse(value) : 0);
  return (a, b) => at(b[field]) - at(a[field]) || b.id.localeCompare(a.id);
}
