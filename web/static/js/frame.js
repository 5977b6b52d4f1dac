/**
 * What stands around the screens: the bar on top, the tabs below, and the strip of arrivals beside the phone.
 */

import { sync } from "./app.js";
import { fill, find, h, icon } from "./dom.js";
import { lang, setLang, t, wordsOf } from "./i18n.js";
import { unread } from "./inbox.js";
import { back } from "./router.js";
import { clock } from "./time.js";

/** @typedef {import("./types.js").Change} Change */

export const TABS = /** @type {const} */ (["news", "notices", "services", "me"]);
const PULSES = 7;
/** The things themselves; bells only ring for them, and the rest is book-keeping. */
const TOLD = ["article", "notice", "request"];

/** Build the fixed parts that carry drawings or listeners. */
export function startFrame() {
  for (const tab of TABS) find(`#tab-${tab}`, HTMLElement).prepend(icon(tab));
  find("#back", HTMLElement).prepend(icon("back"));
  find("#search", HTMLElement).append(icon("search"));
  find("#back", HTMLElement).addEventListener("click", (event) => {
    event.preventDefault();
    back(`/${find("#phone", HTMLElement).dataset.tab}`);
  });
  find("#lang", HTMLElement).addEventListener("click", () => setLang(lang() === "en" ? "zh" : "en"));
  find("#skip", HTMLElement).addEventListener("click", (event) => {
    event.preventDefault(); // The hash is the address of a screen and must stay.
    find("#screens", HTMLElement).focus();
  });
}

/**
 * @param {string} tab
 * @param {boolean} inside whether a screen lies over the tab's own
 * @param {string} title
 */
export function showPlace(tab, inside, title) {
  find("#phone", HTMLElement).dataset.tab = tab;
  find("#brand", HTMLElement).hidden = inside;
  find("#back", HTMLElement).hidden = !inside;
  find("#back-text", HTMLElement).textContent = t(`tab.${tab}`);
  for (const name of TABS) {
    const link = find(`#tab-${name}`, HTMLElement);
    if (name === tab) link.setAttribute("aria-current", inside ? "true" : "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${title} · ${t("app.name")}`;
}

/** Whether we are connected, in colour and in words. */
export function showState() {
  const dot = find("#live", HTMLElement);
  dot.dataset.state = sync.state;
  dot.title = t(`live.${sync.state}.long`);
  fill(find("#live-text", HTMLElement), t(`live.${sync.state}`));
}

export function showUnread() {
  const n = unread().length;
  const badge = find("#badge", HTMLElement);
  badge.hidden = n === 0;
  fill(badge, n > 99 ? "99+" : n, h("span", { class: "sr-only" }, ` ${t("tab.unread", { n })}`));
}

/** Write down what arrived, newest first. @param {Change[]} changes */
export function showPulse(changes) {
  const list = find("#pulse", HTMLElement);
  for (const change of changes.filter(({ kind }) => TOLD.includes(kind))) {
    if (change.op === "del") unname(list, change);
    list.prepend(pulse(change));
  }
  while (list.children.length > PULSES) list.lastElementChild?.remove();
  find("#pulse-empty", HTMLElement).hidden = list.children.length > 0;
}

/** What was withdrawn is not named any longer. @param {Element} list @param {Change} change */
function unname(list, { kind, id }) {
  for (const el of list.children)
    if (el.getAttribute("data-thing") === `${kind}/${id}`) el.querySelector(".clamp")?.remove();
}

/** @param {Change} change */
function pulse({ op, kind, id, data, isNew }) {
  return h(
    "li",
    { class: op, "data-thing": `${kind}/${id}` },
    h("time", {}, clock(new Date())),
    h(
      "div",
      {},
      h("span", { class: "meta" }, `${t(`kind.${kind}`)} · ${t(isNew ? "pulse.new" : `pulse.${op}`)}`),
      op === "put" && h("p", { class: "clamp" }, nameOfThing(kind, data)),
    ),
  );
}

/** @param {string} kind @param {any} data */
export function nameOfThing(kind, data) {
  return kind === "article" ? wordsOf(data).headline : (data?.title ?? "");
}
