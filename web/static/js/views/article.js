/** An article, read. It changes under the reader's eyes when it is corrected, and goes when it is withdrawn. */

import { catalog } from "../app.js";
import { body as blocksOf, plain } from "../blocks.js";
import { h } from "../dom.js";
import { lang, nameOf, t, wordsOf } from "../i18n.js";
import { figure } from "../media.js";
import { dateTime, timeAgo } from "../time.js";
import { toast } from "../toast.js";
import { breakingTag } from "./card.js";
import { readerScreen } from "./reader.js";

/** @typedef {import("../types.js").Article} Article */

/** @param {string} id @returns {import("../types.js").Screen} */
export function articleScreen(id) {
  return readerScreen(
    /** @type {import("./reader.js").Reading<Article>} */ ({
      kind: "article",
      id,
      path: `/articles/${encodeURIComponent(id)}`,
      look: "story",
      home: () => ({ href: "#/news", text: t("article.back") }),
      tab: "tab.news",
      title: (article) => wordsOf(article).headline,
      isWhole: (article) => Boolean(article.body),
      draw: text,
      gone: () => ({ text: t("article.gone"), hint: t("article.goneHint") }),
      missing,
      onChange: () => toast(t("article.updated")),
    }),
  );
}

/** @param {import("../api.js").Problem} problem */
function missing({ code, reason, message }) {
  if (code !== "withdrawn") return { text: t("article.missing"), hint: message };
  return { text: t("article.gone"), hint: reason ? t("article.reason", { reason }) : t("article.goneHint") };
}

/** @param {Article} article */
function text(article) {
  const words = wordsOf(article);
  const [picture, body] = words.text ? translated(article, words.text) : original(article);
  return [
    kicker(article),
    h("h1", { tabindex: "-1", lang: words.lang }, words.headline),
    byline(article),
    lang() === "en" && !words.text && h("p", { class: "note" }, t("article.noEnglish")),
    article.breaking && !article.confirmed && h("p", { class: "note warn" }, t("article.unconfirmed")),
    corrections(article),
    words.summary && !opens(body, words.summary) && h("p", { class: "standfirst", lang: words.lang }, words.summary),
    picture,
    body,
    sources(article),
  ];
}

/**
 * Whether a body begins with its own summary, as short news does: then it is not said twice.
 * @param {Node} body
 * @param {string} summary
 */
function opens(body, summary) {
  const bare = (/** @type {string} */ words) => words.replace(/\s+/g, "");
  return bare(body.textContent ?? "").startsWith(bare(summary));
}

/**
 * The body as it was signed, after the cover, unless that is in it anyway.
 * @param {Article} article
 * @returns {[Node|false|null, Node]}
 */
function original(article) {
  const blocks = article.body ?? [];
  const isShown = blocks.some((block) => "media" in block && block.media.id === article.cover?.id);
  return [!isShown && cover(article), blocksOf(blocks, "zh-CN")];
}

/**
 * A translation is words only; the cover stands for the pictures.
 * @param {Article} article
 * @param {string} text
 * @returns {[Node|null, Node]}
 */
function translated(article, text) {
  return [cover(article), plain(text, "en")];
}

/** @param {Article} article */
function cover(article) {
  return article.cover && h("div", { class: "cover" }, figure("image", article.cover, {}));
}

/** @param {Article} article */
function kicker(article) {
  const section = catalog.sections.find((one) => one.id === article.section);
  const towns = catalog.towns.filter((one) => article.towns.includes(one.id));
  return h(
    "p",
    { class: "kicker" },
    breakingTag(article),
    ...[section, ...towns].map((one) => one && h("span", {}, nameOf(one))),
  );
}

/** @param {Article} article */
function byline(article) {
  const changed = Date.parse(article.updated_at) - Date.parse(article.published_at) > 60_000;
  return h(
    "p",
    { class: "byline" },
    article.byline && h("span", {}, article.byline),
    timeAgo(article.published_at),
    changed && h("span", {}, t("article.updatedAt", { time: dateTime(article.updated_at) })),
  );
}

/** Every correction, with its time, above the text it corrects. @param {Article} article */
function corrections(article) {
  if (!article.corrections.length) return null;
  return h(
    "section",
    { class: "corrections" },
    h("h2", {}, t("article.corrections")),
    h(
      "ul",
      {},
      ...article.corrections.map(({ at, note, changes }) =>
        h("li", {}, h("time", { datetime: at }, dateTime(at)), h("p", {}, note), ...(changes ?? []).map(change)),
      ),
    ),
  );
}

/** What was said before, and what is said now; a reader who took the old words in should see them named. @param {import("../types.js").Change} given */
function change({ before, after }) {
  return h(
    "p",
    { class: "change" },
    before && h("del", {}, h("b", {}, t("article.before")), before),
    after && h("ins", {}, h("b", {}, t("article.after")), after),
  );
}

/** @param {Article} article */
function sources(article) {
  if (!article.sources.length) return null;
  return h(
    "footer",
    { class: "sources" },
    h("h2", {}, t("article.sources")),
    h(
      "ul",
      {},
      ...article.sources.map(({ name, kind }) => h("li", {}, name, h("span", { class: "muted" }, kindOfSource(kind)))),
    ),
  );
}

/** @param {string} kind a kind this page has no word for is left unsaid */
function kindOfSource(kind) {
  const key = `source.${kind}`;
  return t(key) === key ? "" : t(key);
}
