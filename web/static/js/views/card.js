/** An article in a list. */

import { catalog } from "../app.js";
import { h } from "../dom.js";
import { nameOf, t, wordsOf } from "../i18n.js";
import { picture } from "../media.js";
import { timeAgo } from "../time.js";

/** @typedef {import("../types.js").Article} Article */

/** @param {Article} article @param {boolean} lead whether it opens the list, with its picture large */
export function card(article, lead) {
  const words = wordsOf(article);
  const wide = lead && article.cover;
  const cover =
    article.cover &&
    h(
      "div",
      { class: "card-cover" },
      picture(article.cover, { sizes: wide ? "(min-width: 480px) 448px, 100vw" : "120px", eager: lead }),
    );
  const text = h(
    "div",
    { class: "card-text", lang: words.lang },
    h("h3", {}, words.headline),
    (wide || !article.cover) && words.summary && h("p", { class: "card-summary" }, words.summary),
    meta(article),
  );
  return h(
    "li",
    { class: `card${wide ? " lead" : ""}`, "data-id": article.id },
    h("a", { href: `#/news/${encodeURIComponent(article.id)}` }, text, cover),
  );
}

/** @param {Article} article */
function meta(article) {
  const section = catalog.sections.find(({ id }) => id === article.section);
  return h(
    "p",
    { class: "meta" },
    breakingTag(article),
    article.corrections.length > 0 && h("span", { class: "tag plain" }, t("feed.corrected")),
    section && h("span", {}, nameOf(section)),
    timeAgo(article.published_at),
  );
}

/** What kind of breaking news it is, in words. @param {Article} article */
export function breakingTag(article) {
  if (!article.breaking) return null;
  return article.confirmed
    ? h("span", { class: "tag breaking" }, t("feed.breaking"))
    : h("span", { class: "tag breaking unconfirmed" }, t("feed.unconfirmed"));
}
