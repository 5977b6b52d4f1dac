/** 政务: what the offices have announced. */

import { isFresh, sync } from "../app.js";
import { h } from "../dom.js";
import { offer } from "../form.js";
import { lang, t } from "../i18n.js";
import { keyed } from "../keyed.js";
import { date, newestBy } from "../time.js";
import { growing } from "./growing.js";

/** @typedef {import("../types.js").Notice} Notice */

/** @returns {import("../types.js").Screen} */
export function noticesScreen() {
  let office = "";
  const search = h("input", { type: "search", enterkeyhint: "search", autocomplete: "off" });
  const offices = h("select", {});
  const list = h("ul", { class: "notices" });
  const el = h("div", { class: "scroll" });
  const growth = growing(el, refresh);
  el.append(h("div", { class: "finder", role: "search" }, search, offices), list, growth.foot);

  search.addEventListener("input", rewind);
  offices.addEventListener("change", () => {
    office = offices.value;
    rewind();
  });

  function rewind() {
    growth.rewind();
    refresh();
  }

  function refresh() {
    search.placeholder = t("notice.search");
    search.setAttribute("aria-label", t("notice.search"));
    const all = latest();
    refreshOffices(all);
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = all.filter((notice) => (!office || notice.office.id === office) && fits(notice, words));
    keyed(list, growth.cut(found, { text: t("notice.empty") }), {
      key: (one) => one.id,
      ver: (one) => `${one.ver} ${lang()}`,
      make: row,
      fresh: (one) => isFresh("notice", one.id),
    });
  }

  /** @param {Notice[]} all */
  function refreshOffices(all) {
    offices.setAttribute("aria-label", t("notice.office"));
    const known = new Map(all.map((notice) => [notice.office.id, notice.office.name]));
    // An office whose only notice goes while it is chosen stays in the list: the choice is the reader's.
    if (office && !known.has(office)) known.set(office, offices.selectedOptions[0]?.text ?? office);
    offer(offices, [
      { value: "", text: t("notice.allOffices") },
      ...[...known].map(([value, text]) => ({ value, text })),
    ]);
  }

  return { el, title: () => t("tab.notices"), refresh };
}

/** @returns {Notice[]} */
function latest() {
  return sync.list("notice").sort(newestBy("published_at"));
}

/** @param {Notice} notice @param {string[]} words */
function fits(notice, words) {
  const text = [notice.title, notice.doc_no, notice.index_no, notice.office.name, notice.category_name]
    .join(" ")
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** @param {Notice} notice */
function row(notice) {
  return h(
    "li",
    { "data-id": notice.id },
    h(
      "a",
      { href: `#/notices/${encodeURIComponent(notice.id)}` },
      h("h3", { lang: "zh-CN" }, notice.title),
      h(
        "p",
        { class: "meta" },
        h("span", {}, notice.office.name),
        notice.published_at && h("time", { datetime: notice.published_at }, date(notice.published_at)),
      ),
    ),
  );
}
