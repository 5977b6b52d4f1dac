/** The body of an article or a notice. */

import { h } from "./dom.js";
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
    default:
      return null;
  }
}
