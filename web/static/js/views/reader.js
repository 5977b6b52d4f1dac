/** A screen that shows one thing: out of the copy, or from the server when the copy lacks it or its text. */

import { get, Problem } from "../api.js";
import { sync } from "../app.js";
import { fill, h } from "../dom.js";
import { lang, t } from "../i18n.js";
import { placeholder } from "./placeholder.js";

/** @typedef {{text: string, hint?: string}} Words */

/**
 * @template {{id: string, ver: number}} T
 * @typedef {object} Reading
 * @property {string} kind
 * @property {string} id
 * @property {string} path where the server has it
 * @property {string} look class names of the page
 * @property {() => {href: string, text: string}} home where to go when there is nothing to read
 * @property {string} tab the name of the title as long as there is none
 * @property {(thing: T) => string} title
 * @property {(thing: T) => boolean} isWhole whether the copy carries all that is shown
 * @property {(thing: T) => (Node|string|null|false|undefined)[]} draw
 * @property {() => Words} gone what to say when it leaves the copy
 * @property {(problem: Problem) => Words} missing what to say when the server has none
 * @property {(thing: T) => void} [onChange] told when what is being read has changed
 */

/** @template {{id: string, ver: number}} T @param {Reading<T>} how @returns {import("../types.js").Screen} */
export function readerScreen(how) {
  const page = h("article", { class: `reader ${how.look}` });
  const el = h("div", { class: "scroll" }, page);
  /** @type {T|undefined} */
  let thing;
  /** Says why there is nothing to read, once that is certain. @type {(() => Words)|undefined} */
  let lost;
  /** What is on the screen, so that it is drawn again only when it differs. */
  let drawn = "";
  /** @type {number|undefined} */
  let drawnVer;
  let wasHeld = false;
  let asking = false;

  function refresh() {
    /** @type {T|undefined} */
    const held = sync.find(how.kind, how.id);
    if (held) [wasHeld, lost] = [true, undefined];
    else if (wasHeld && sync.ready) leave();
    if (held && how.isWhole(held)) thing = held;
    show();
    if (sync.ready && !lost && thing?.ver !== (held ?? thing ?? { ver: -1 }).ver) void ask();
  }

  /** It left the copy: the text goes at once, then the server may say why. */
  function leave() {
    wasHeld = false;
    [thing, lost] = [undefined, how.gone];
    void ask();
  }

  function show() {
    if (thing) drawThing(thing);
    else if (lost) say(lost());
    else draw("wait", () => [placeholder(t("loading"), { busy: true })]);
  }

  /** @param {T} shown */
  function drawThing(shown) {
    const changed = drawnVer !== undefined && drawnVer !== shown.ver;
    if (draw(`${shown.ver} ${lang()}`, () => how.draw(shown)) && changed) how.onChange?.(shown);
    drawnVer = shown.ver;
  }

  /** @param {Words} words */
  function say({ text, hint }) {
    draw(`${text} ${hint}`, () => [placeholder(text, { hint, link: how.home() })]);
  }

  /**
   * @param {string} state
   * @param {() => (Node|string|null|false|undefined)[]} make
   * @returns {boolean} whether it was drawn
   */
  function draw(state, make) {
    if (state === drawn) return false;
    drawn = state;
    fill(page, ...make());
    return true;
  }

  async function ask() {
    if (asking) return;
    asking = true;
    try {
      thing = await get(how.path);
      show();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const isFinal = error.status >= 400 && error.status < 500;
      // That it is gone is known already; a bare "not found" says less than that.
      if (isFinal && !(lost && error.status === 404)) lost = () => how.missing(error);
      if (isFinal) show();
      else if (!thing && !lost) say({ text: error.message });
    } finally {
      asking = false;
    }
  }

  return { el, title: () => (thing ? how.title(thing) : t(how.tab)), refresh };
}
