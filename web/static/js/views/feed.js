/** 新闻: the feed, by section and town, with breaking news on top. */

import { catalog, isFresh, sync } from "../app.js";
import { fill, h, icon } from "../dom.js";
import { offer } from "../form.js";
import { lang, nameOf, t, wordsOf } from "../i18n.js";
import { keyed } from "../keyed.js";
import { newestBy, timeAgo } from "../time.js";
import { breakingTag, card } from "./card.js";
import { growing } from "./growing.js";

/** @typedef {import("../types.js").Article} Article */

const STRIP_AGE = 24 * 3600_000;
const STRIP_MAX = 3;
/** Scrolled less than this, one is at the top and sees what arrives. */
const TOP = 40;

/** @returns {import("../types.js").Screen} */
export function feedScreen() {
  let section = "";
  let town = "";
  let missed = 0;

  const chips = h("div", { class: "chips", role: "group" });
  const towns = h("select", {});
  const strip = h("ul", { class: "strip" });
  const list = h("ul", { class: "cards" });
  const pill = h("button", { type: "button", class: "pill", hidden: true });
  const el = h("div", { class: "scroll" });
  const growth = growing(el, refresh);
  const filters = h("div", { class: "filters" }, chips, h("label", { class: "town" }, icon("place"), towns));
  el.append(filters, strip, list, growth.foot, h("div", { class: "pill-place" }, pill));

  towns.addEventListener("change", () => choose(section, towns.value));
  pill.addEventListener("click", () => el.scrollTo({ top: 0 }));
  el.addEventListener("scroll", () => el.scrollTop < TOP && count(-missed), { passive: true });

  /** @param {string} nextSection @param {string} nextTown */
  function choose(nextSection, nextTown) {
    [section, town] = [nextSection, nextTown];
    growth.rewind();
    count(-missed);
    refresh();
  }

  /** @param {Article} article */
  function isWanted(article) {
    return (!section || article.section === section) && (!town || article.towns.includes(town));
  }

  function refresh() {
    refreshFilters();
    const wanted = sync.list("article").sort(newestBy("published_at")).filter(isWanted);
    const hot = urgent(wanted);
    // The strip says it already; under it comes another story.
    const rest = growth.cut(
      wanted.filter((a) => !hot.includes(a)),
      { text: t("feed.empty"), hint: t("feed.emptyHint") },
    );
    growth.foot.hidden = sync.ready && rest.length === 0 && hot.length > 0;
    const isLead = (/** @type {Article} */ a) => a === rest[0];
    const how = {
      key: (/** @type {Article} */ a) => a.id,
      ver: (/** @type {Article} */ a) => `${a.ver} ${lang()} ${catalog.sections.length} ${isLead(a)}`,
      fresh: (/** @type {Article} */ a) => isFresh("article", a.id),
    };
    strip.hidden = hot.length === 0;
    keyed(strip, hot, { ...how, make: stripRow });
    keyed(list, rest, { ...how, make: (a) => card(a, isLead(a)) });
  }

  function refreshFilters() {
    chips.setAttribute("aria-label", t("feed.sections"));
    keyed(chips, [{ id: "", name: t("feed.all") }, ...catalog.sections], {
      key: ({ id }) => id,
      ver: (one) => `${nameOf(one)} ${one.id === section}`,
      make: (one) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String(one.id === section),
            on: { click: () => choose(one.id, town) },
          },
          nameOf(one),
        ),
    });
    towns.setAttribute("aria-label", t("feed.town"));
    offer(towns, [
      { value: "", text: t("feed.allTowns") },
      ...catalog.towns.map((one) => ({ value: one.id, text: nameOf(one) })),
    ]);
  }

  /** Somebody reading further down is told of news, not moved. @param {number} more */
  function count(more) {
    missed += more;
    fill(pill, icon("up"), t("feed.new", { n: missed }));
    pill.hidden = missed === 0;
  }

  sync.subscribe(({ changes, live }) => {
    const fresh = changes.filter(({ isNew, kind, data }) => isNew && kind === "article" && isWanted(data));
    if (live && el.scrollTop >= TOP) count(fresh.length);
  });
  return { el, title: () => t("tab.news"), refresh };
}

/** Breaking news of the last day. @param {Article[]} articles */
function urgent(articles) {
  const since = Date.now() - STRIP_AGE;
  return articles.filter((a) => a.breaking && Date.parse(a.published_at) > since).slice(0, STRIP_MAX);
}

/** @param {Article} article */
function stripRow(article) {
  const words = wordsOf(article);
  return h(
    "li",
    { "data-id": article.id },
    h(
      "a",
      { href: `#/news/${encodeURIComponent(article.id)}` },
      h("span", { class: "meta" }, breakingTag(article), timeAgo(article.published_at)),
      h("strong", { lang: words.lang }, words.headline),
    ),
  );
}
