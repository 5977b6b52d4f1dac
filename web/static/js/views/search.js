/** Search over everything that is public. The words stand in the address, so that going back finds them again. */

import { get, Problem } from "../api.js";
import { fill, h, icon } from "../dom.js";
import { lang, t } from "../i18n.js";
import { date } from "../time.js";
import { placeholder } from "./placeholder.js";

/** @typedef {import("../types.js").Found} Found @typedef {import("../types.js").Mark} Mark */

const WAIT_MS = 250;
/** Where each kind of thing is read. */
const HOMES = {
  article: "#/news/",
  notice: "#/notices/",
  service: "#/services/new/",
  item: "#/services/items/",
  request: "#/services/cases/",
};

/** @param {string} words what was looked for before @returns {import("../types.js").Screen} */
export function searchScreen(words) {
  const input = h("input", { type: "search", enterkeyhint: "search", autocomplete: "off", maxlength: 100 });
  input.value = words;
  const found = h("ul", { class: "found" });
  const foot = h("div", { class: "foot" });
  const title = h("h1", { class: "sr-only", tabindex: "-1" });
  const el = h("div", { class: "scroll" }, title, h("div", { class: "finder one", role: "search" }, input), found, foot);
  /** @type {number|undefined} */
  let waiting;
  /** Only the answer to what was asked last is shown. */
  let asked = 0;

  async function look(cursor = "") {
    const q = input.value.trim();
    const mine = ++asked;
    history.replaceState(history.state, "", q ? `#/news/search?${new URLSearchParams({ q })}` : "#/news/search");
    if (!q) return show([], placeholder(t("search.hint")));
    try {
      const page = await get("/search", { q, cursor });
      if (mine !== asked) return;
      const more = page.next && h("button", { type: "button", class: "button quiet" }, t("search.more"));
      if (more) more.addEventListener("click", () => void look(page.next), { once: true });
      const none = !cursor && page.items.length === 0;
      show(page.items, none ? placeholder(t("search.none", { q })) : more, Boolean(cursor));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mine === asked) show([], placeholder(error.message), Boolean(cursor));
    }
  }

  /** @param {Found[]} items @param {HTMLElement|null|false} below @param {boolean} [adds] */
  function show(items, below, adds = false) {
    if (!adds) fill(found);
    found.append(...items.map(row));
    fill(foot, below);
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => void look(), WAIT_MS);
  });
  input.addEventListener("search", () => void look());

  let spoken = "";
  function refresh() {
    if (spoken === lang()) return;
    const isFirst = spoken === "";
    spoken = lang();
    title.textContent = t("search.title");
    input.placeholder = t("search.placeholder");
    input.setAttribute("aria-label", t("search.title"));
    void look();
    if (isFirst && !words) queueMicrotask(() => input.focus());
  }
  return { el, title: () => t("search.title"), refresh };
}

/** @param {Found} thing */
function row({ kind, id, title, title_marks, snippet, published_at }) {
  return h(
    "li",
    { "data-id": id },
    h(
      "a",
      { href: HOMES[kind] + encodeURIComponent(id) },
      h("h3", { lang: "zh-CN" }, marked(title, title_marks)),
      snippet.text && h("p", { class: "muted clamp", lang: "zh-CN" }, marked(snippet.text, snippet.marks)),
      h(
        "p",
        { class: "meta" },
        h("span", { class: "tag plain" }, t(`search.kind.${kind}`)),
        published_at && h("time", { datetime: published_at }, date(published_at)),
      ),
      icon("go"),
    ),
  );
}

/** The words that were asked for, brought out. Places are counted in characters, as the server counts them.
 * @param {string} text @param {Mark[]} marks @returns {(Node|string)[]} */
function marked(text, marks) {
  const letters = Array.from(text);
  const cut = (/** @type {number} */ from, /** @type {number} */ to) => letters.slice(from, to).join("");
  const parts = [];
  let at = 0;
  for (const { start, end } of marks) {
    parts.push(cut(at, start), h("mark", {}, cut(start, end)));
    at = end;
  }
  return [...parts, cut(at, letters.length)];
}
