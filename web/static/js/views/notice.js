/** One notice, laid out as the document it is. */

import { body, plain, serviceCard } from "../blocks.js";
import { factList, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { date } from "../time.js";
import { readerScreen } from "./reader.js";

/** @typedef {import("../types.js").Notice} Notice */

/** @param {string} id @returns {import("../types.js").Screen} */
export function noticeScreen(id) {
  return readerScreen(
    /** @type {import("./reader.js").Reading<Notice>} */ ({
      kind: "notice",
      id,
      path: `/notices/${encodeURIComponent(id)}`,
      look: "document",
      home: () => ({ href: "#/notices", text: t("notice.back") }),
      tab: "tab.notices",
      title: (notice) => notice.title,
      isWhole: (notice) => Boolean(notice.body) || notice.state === "withdrawn",
      draw: text,
      gone: () => ({ text: t("notice.gone") }),
      missing: ({ message }) => ({ text: message }),
    }),
  );
}

/** @param {Notice} notice */
function text(notice) {
  const withdrawn = notice.state === "withdrawn";
  return [
    h("h1", { tabindex: "-1", lang: "zh-CN" }, notice.title || t("notice.withdrawnLong")),
    facts(notice),
    withdrawn &&
      notice.withdrawn_reason &&
      h("p", { class: "note warn" }, t("notice.reason", { reason: notice.withdrawn_reason })),
    notice.state === "superseded" && h("p", { class: "note warn" }, t("notice.superseded")),
    notice.state === "expired" && h("p", { class: "note warn" }, t("notice.expired")),
    ...corrections(notice),
    !withdrawn && body(notice.body ?? [], "zh-CN"),
    notice.explanation &&
      h("section", {}, h("h2", {}, t("notice.explanation")), plain(notice.explanation.text, "zh-CN")),
    !withdrawn &&
      Boolean(notice.services?.length) &&
      h("section", {}, h("h2", {}, t("notice.services")), ...(notice.services ?? []).map(serviceCard)),
    !withdrawn && attachments(notice.attachments ?? []),
  ];
}

/** What was corrected, and when. @param {Notice} notice */
function corrections({ versions = [] }) {
  return versions
    .filter(({ note }) => note)
    .map(({ note, published_at }) =>
      h("p", { class: "note" }, t("notice.corrected", { date: date(published_at), note: note ?? "" })),
    );
}

/** @param {Notice} notice */
function facts(notice) {
  return factList([
    [t("notice.index"), notice.index_no],
    [t("notice.doc"), notice.doc_no],
    [t("notice.office"), notice.office.name],
    [t("notice.category"), notice.category_name ?? notice.category],
    [t("notice.published"), notice.published_at && date(notice.published_at)],
    [t("notice.effective"), period(notice)],
  ]);
}

/** @param {Notice} notice */
function period({ effective_from, effective_to }) {
  const [from, to] = [effective_from && date(effective_from), effective_to && date(effective_to)];
  if (from && to) return t("notice.range", { from, to });
  if (from) return t("notice.from", { from });
  return to ? t("notice.to", { to }) : "";
}

/** @param {import("../types.js").Media[]} files */
function attachments(files) {
  if (!files.length) return null;
  return h(
    "section",
    { class: "attachments" },
    h("h2", {}, t("notice.attachments")),
    h(
      "ul",
      {},
      ...files.map((file, i) =>
        h(
          "li",
          {},
          h(
            "a",
            { href: file.url, target: "_blank", rel: "noopener", download: true },
            icon("clip"),
            h("span", {}, t("notice.attachment", { n: i + 1 })),
            h("span", { class: "muted" }, sizeOf(file)),
          ),
        ),
      ),
    ),
  );
}

/** @param {import("../types.js").Media} file */
function sizeOf({ mime, bytes }) {
  const kind = mime.split("/").pop()?.toUpperCase() ?? "";
  return bytes >= 1_048_576
    ? `${kind} ${(bytes / 1_048_576).toFixed(1)} MB`
    : `${kind} ${Math.max(1, Math.round(bytes / 1024))} KB`;
}
