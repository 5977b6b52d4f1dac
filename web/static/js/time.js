/** Times as people say them. The district lives on Shanghai time, wherever the phone is. */

import { lang, t } from "./i18n.js";

const ZONE = "Asia/Shanghai";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} locale @param {Intl.DateTimeFormatOptions} options */
function format(locale, options) {
  const key = locale + JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { timeZone: ZONE, ...options })));
  return made;
}

/** The calendar day in Shanghai, as 2019-08-02. @param {Date} date */
function day(date) {
  return format("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit" }).format(date);
}

/** @param {Date} date */
export function clock(date) {
  return format("sv-SE", { hour: "2-digit", minute: "2-digit" }).format(date);
}

/** Sorts things by a time, the newest first. @param {string} field @returns {(a: any, b: any) => number} */
export function newestBy(field) {
  return (a, b) => Date.parse(b[field]) - Date.parse(a[field]) || b.id.localeCompare(a.id);
}

/** How long ago, or the day when it is longer than yesterday. @param {string} iso @param {Date} [now] */
export function ago(iso, now = new Date()) {
  const at = new Date(iso);
  const past = now.getTime() - at.getTime();
  if (past >= -MINUTE && past < MINUTE) return t("time.now");
  if (past > 0 && past < HOUR) return t("time.minutes", { n: Math.floor(past / MINUTE) });
  if (day(at) === day(now)) {
    return past > 0 && past < 6 * HOUR
      ? t("time.hours", { n: Math.floor(past / HOUR) })
      : t("time.today", { clock: clock(at) });
  }
  if (day(at) === day(new Date(now.getTime() - 24 * HOUR))) return t("time.yesterday", { clock: clock(at) });
  return date(iso, now);
}

/** The day; with its year when that is another than this. @param {string} iso @param {Date} [now] */
export function date(iso, now = new Date()) {
  const at = new Date(iso);
  const sameYear = day(at).slice(0, 4) === day(now).slice(0, 4);
  /** @type {Intl.DateTimeFormatOptions} */
  const options = {
    month: lang() === "en" ? "short" : "long",
    day: "numeric",
    ...(sameYear ? {} : { year: "numeric" }),
  };
  return format(lang() === "en" ? "en-GB" : "zh-CN", options).format(at);
}

/** Day and clock, for documents and steps. @param {string} iso */
export function dateTime(iso) {
  return `${date(iso)} ${clock(new Date(iso))}`;
}

/** A time element that keeps counting: `tickTimes` rewrites it. @param {string} iso */
export function timeAgo(iso) {
  const el = document.createElement("time");
  el.dateTime = iso;
  el.dataset.ago = "";
  el.title = dateTime(iso);
  el.textContent = ago(iso);
  return el;
}

/** Bring every relative time on the page up to now. */
export function tickTimes() {
  for (const el of document.querySelectorAll("time[data-ago]")) {
    const text = ago(/** @type {HTMLTimeElement} */ (el).dateTime);
    if (el.textContent !== text) el.textContent = text;
  }
}
