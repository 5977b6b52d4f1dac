/** Warnings to the public: which hold, in which order, in which language. */

import type { Schemas } from "@/api/client";
import { lang, t } from "@/i18n";

export type PublicAlert = Schemas["PublicAlert"];
export type AlertInfo = Schemas["AlertInfo"];

const BY_WEIGHT = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];

/** A phone that is offline goes by the clock alone. */
export function stillHolds({ state, expires }: PublicAlert, moment: number): boolean {
  return state === "active" && (!expires || Date.parse(expires) > moment);
}

function weight({ info }: PublicAlert): number {
  return Math.min(...info.map(({ severity }) => BY_WEIGHT.indexOf(severity)));
}

/** The gravest first, of equals the newest, and of those of one second the same one each time. As in api/first_html.py. */
export function graveFirst(a: PublicAlert, b: PublicAlert): number {
  return weight(a) - weight(b) || Date.parse(b.sent) - Date.parse(a.sent) || (a.id < b.id ? 1 : -1);
}

const SILENT: AlertInfo = {
  language: "zh-CN",
  category: [],
  event: "",
  responseType: [],
  urgency: "Unknown",
  severity: "Unknown",
  certainty: "Unknown",
  headline: "",
  area: [],
};

/** What is the matter in the reader's language, or else in the one there is. */
export function toldIn({ info }: PublicAlert): AlertInfo {
  const ours = info.find(({ language }) => language.startsWith(lang.value === "en" ? "en" : "zh"));
  return ours ?? info[0] ?? SILENT;
}

export function placesOf(alert: PublicAlert): string {
  return toldIn(alert)
    .area.map(({ areaDesc }) => areaDesc)
    .join(t("warning.and"));
}

/** What it is called. One that was lifted says nothing any more of its own; its last message does. */
export function titleOf(alert: PublicAlert): string {
  const { headline, event } = toldIn(alert);
  return headline || event || alert.messages.findLast((one) => one.headline)?.headline || t(`alert.state.${alert.state}`);
}
