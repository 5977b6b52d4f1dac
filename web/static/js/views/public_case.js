/** Somebody's request in its public version, without what would tell who it is. */

import { factList, h } from "../dom.js";
import { t } from "../i18n.js";
import { date } from "../time.js";
import { readerScreen } from "./reader.js";

/** @typedef {import("../types.js").PublicRequest} PublicRequest */

/** @param {string} id @returns {import("../types.js").Screen} */
export function publicCaseScreen(id) {
  return readerScreen(
    /** @type {import("./reader.js").Reading<PublicRequest>} */ ({
      kind: "public_request",
      id,
      path: `/public/requests/${encodeURIComponent(id)}`,
      look: "request",
      home: () => ({ href: "#/services", text: t("request.back") }),
      tab: "tab.services",
      title: (request) => request.title,
      isWhole: () => true,
      draw: page,
      gone: () => ({ text: t("request.gone") }),
      missing: ({ message }) => ({ text: message }),
    }),
  );
}

/** @param {PublicRequest} request */
function page({ title, text, place, reply, service, office, state, filed_on, updated_on }) {
  return [
    h("p", { class: "kicker" }, h("span", { class: `tag state ${state}` }, t(`state.${state}`))),
    h("h1", { tabindex: "-1", lang: "zh-CN" }, title),
    factList([
      [t("service.pick"), service.name],
      [t("request.place"), place],
      [t("request.office"), office?.name],
      [t("case.filed"), date(filed_on)],
    ]),
    h("p", { class: "words", lang: "zh-CN" }, text),
    reply &&
      h(
        "section",
        { class: "panel answer", lang: "zh-CN" },
        h("h2", {}, t("request.answer")),
        h("p", { class: "said" }, reply),
        h("p", { class: "muted" }, date(updated_on)),
      ),
    h("p", { class: "muted" }, t("case.redacted")),
  ];
}
