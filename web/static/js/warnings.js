/** Warnings to the public, over everything else as long as they hold. */

import { sync } from "./app.js";
import { find, h, icon } from "./dom.js";
import { lang, t } from "./i18n.js";
import { keyed } from "./keyed.js";
import { dateTime } from "./time.js";

/** @typedef {import("./types.js").Warning} Warning @typedef {import("./types.js").WarningInfo} WarningInfo */

const BY_WEIGHT = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"];

/** Show the warnings in force, the gravest first. One whose time is over goes by itself, also on a phone offline. */
export function showWarnings() {
  const now = Date.now();
  /** @type {Warning[]} */
  const all = sync.list("public_alert");
  const held = all
    .filter(({ expires }) => !expires || Date.parse(expires) > now)
    .sort((a, b) => weight(a) - weight(b) || Date.parse(b.sent) - Date.parse(a.sent));
  const list = find("#warnings", HTMLElement);
  keyed(list, held, { key: ({ id }) => id, ver: ({ ver }) => `${ver} ${lang()}`, make: banner });
  list.hidden = held.length === 0;
}

/** @param {Warning} warning */
function weight({ info }) {
  return Math.min(...info.map(({ severity }) => BY_WEIGHT.indexOf(severity)));
}

/** What is the matter in the reader's language, or else in the one there is. @param {Warning} warning */
function told({ info }) {
  const ours = info.find(({ language }) => (language ?? "zh-CN").startsWith(lang() === "en" ? "en" : "zh"));
  return ours ?? info[0];
}

/** @param {Warning} warning */
function banner(warning) {
  const info = told(warning);
  const places = info.area.map(({ areaDesc }) => areaDesc).join(t("warning.and"));
  return h(
    "section",
    { class: `warning ${info.severity.toLowerCase()}`, lang: info.language ?? "zh-CN" },
    h(
      "details",
      {},
      h("summary", {}, icon("bell"), h("strong", {}, info.headline ?? info.event)),
      info.description && h("p", {}, info.description),
      info.instruction && h("p", { class: "instruction" }, info.instruction),
      h("p", { class: "from" }, [warning.office.name, places, until(warning)].filter(Boolean).join(" · ")),
    ),
  );
}

/** @param {Warning} warning */
function until({ expires }) {
  return expires && t("warning.until", { time: dateTime(expires) });
}
