/** The body of an article or a notice. */

import { factList, h } from "./dom.js";
import { t } from "./i18n.js";
import { figure } from "./media.js";
import { safeHtml } from "./safe_html.js";

/** @typedef {import("./types.js").Block} Block */

/** @param {Block[]} blocks @param {string} lang the language of the words, as HTML names it */
export function body(blocks, lang) {
  return h("div", { class: "prose", lang }, ...blocks.map(blockEl));
}

/** Plain text; an empty line ends a paragraph. @param {string} text @param {string} lang */
export function plain(text, lang) {
  return h("div", { class: "prose", lang }, ...text.split(/\n\s*\n/).map((part) => h("p", {}, part.trim())));
}

/** What one needs for a service, as the catalogue has it now. @param {import("./types.js").ServiceCard} card */
export function serviceCard(card) {
  return h(
    "section",
    { class: "service-card", lang: "zh-CN" },
    h("h3", {}, card.title),
    h("p", {}, card.summary),
    card.materials.length > 0 && h("p", { class: "muted" }, t("card.bring")),
    card.materials.length > 0 && h("ul", {}, ...card.materials.map((words) => h("li", {}, words))),
    factList([
      [t("card.office"), card.office],
      [t("card.time"), card.time_words],
      [t("card.fee"), card.fee_words],
    ]),
    card.online_url &&
      h("p", {}, h("a", { href: card.online_url, target: "_blank", rel: "noopener" }, t("card.online"))),
  );
}

/** @param {Block} block @returns {Node|null} null for a kind this page does not know yet */
function blockEl(block) {
  switch (block.type) {
    case "text":
      return safeHtml(block.html);
    case "image":
    case "video":
    case "audio":
      return figure(block.type, block.media, block);
    case "quote":
      return h("blockquote", { class: "pull" }, h("p", {}, block.text), block.by && h("cite", {}, block.by));
    case "service_card":
      return serviceCard(block.card);
    default:
      return null;
  }
}
