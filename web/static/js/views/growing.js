/** Long lists grow as one scrolls: what nobody has scrolled to is not drawn. */

import { sync } from "../app.js";
import { fill, h } from "../dom.js";
import { t } from "../i18n.js";
import { placeholder } from "./placeholder.js";

const PAGE = 20;

/**
 * @param {HTMLElement} el what scrolls
 * @param {() => void} refresh draws the list again, with more room
 */
export function growing(el, refresh) {
  const foot = h("div", { class: "foot" });
  let room = PAGE;
  let total = 0;
  new IntersectionObserver(
    ([seen]) => {
      if (!seen.isIntersecting || total <= room) return;
      room += PAGE;
      refresh();
    },
    { root: el, rootMargin: "600px" },
  ).observe(foot);

  return {
    foot,
    /** Back to the top, with the first rows only. */
    rewind() {
      room = PAGE;
      el.scrollTop = 0;
    },
    /**
     * The rows there is room for; says below them how it stands.
     * @template T
     * @param {T[]} rows
     * @param {{text: string, hint?: string}} empty
     * @returns {T[]}
     */
    cut(rows, empty) {
      total = rows.length;
      if (!sync.ready) fill(foot, placeholder(t(sync.failing ? "loading.failed" : "loading"), { busy: true }));
      else if (total === 0) fill(foot, placeholder(empty.text, { hint: empty.hint }));
      else fill(foot, total <= room && h("p", { class: "end" }, t("feed.end")));
      return rows.slice(0, room);
    },
  };
}
