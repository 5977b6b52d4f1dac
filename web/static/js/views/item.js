/** One entry of the catalogue of services: what one needs, what happens, where one goes. */

import { factList, h } from "../dom.js";
import { t } from "../i18n.js";
import { readerScreen } from "./reader.js";

/** @typedef {import("../types.js").CatalogueItem} CatalogueItem */

/** @param {string} id @returns {import("../types.js").Screen} */
export function itemScreen(id) {
  return readerScreen(
    /** @type {import("./reader.js").Reading<CatalogueItem>} */ ({
      kind: "item",
      id,
      path: `/catalogue/${encodeURIComponent(id)}`,
      look: "document",
      home: () => ({ href: "#/services", text: t("request.back") }),
      tab: "tab.services",
      title: (item) => item.title,
      isWhole: () => true,
      draw: guide,
      gone: () => ({ text: t("item.gone") }),
      missing: ({ message }) => ({ text: message }),
    }),
  );
}

/** @param {CatalogueItem} item */
function guide(item) {
  return [
    h("h1", { tabindex: "-1", lang: "zh-CN" }, item.title),
    factList([
      [t("card.office"), item.office.name],
      [t("card.time"), item.time_words],
      [t("card.fee"), item.fee_words],
      [t("item.phone"), item.phone],
    ]),
    h("p", { class: "words", lang: "zh-CN" }, item.summary),
    listed("item.conditions", item.conditions),
    listed(
      "card.bring",
      item.materials.map(({ words }) => words),
    ),
    listed(
      "item.steps",
      item.steps.map(({ title, text }) => [h("strong", {}, title), text && h("p", {}, text)]),
      "ol",
    ),
    listed(
      "item.windows",
      item.windows.map(({ title, address, phone, now }) => [
        h("strong", {}, title),
        h("p", {}, address, phone && ` · ${phone}`),
        h("p", { class: "muted" }, now.words),
      ]),
    ),
    listed(
      "item.questions",
      item.questions.map(({ question, answer }) => [h("strong", {}, question), h("p", {}, answer)]),
    ),
    (item.online_url || item.service) &&
      h(
        "p",
        { class: "ways" },
        item.online_url &&
          h("a", { class: "button", href: item.online_url, target: "_blank", rel: "noopener" }, t("card.online")),
        item.service &&
          h("a", { class: "button quiet", href: `#/services/new/${encodeURIComponent(item.service)}` }, t("item.ask")),
      ),
  ];
}

/**
 * @param {string} title
 * @param {(string|(Node|string|null|false)[])[]} lines
 * @param {"ul"|"ol"} [how]
 */
function listed(title, lines, how = "ul") {
  if (lines.length === 0) return null;
  const rows = lines.map((line) => h("li", {}, line));
  return h("section", { lang: "zh-CN" }, h("h2", {}, t(title)), h(how, { class: "reasons" }, ...rows));
}
