/** What stands where there is nothing yet, or nothing any more. */

import { h } from "../dom.js";

/** @param {string} text @param {{hint?: string, busy?: boolean, link?: {href: string, text: string}}} [how] */
export function placeholder(text, { hint, busy = false, link } = {}) {
  return h(
    "div",
    { class: "placeholder", role: "status" },
    busy && h("span", { class: "busy", "aria-hidden": "true" }),
    h("p", {}, text),
    hint && h("p", { class: "muted" }, hint),
    link && h("a", { class: "button quiet", href: link.href }, link.text),
  );
}
