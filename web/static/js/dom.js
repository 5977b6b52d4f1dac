/** Building DOM without markup strings, so that no text can ever turn into an element. */

/** @typedef {Node|string|number|null|undefined|false} Child */

/**
 * Make an element. `on` holds listeners, `class` the class names; a value of false, null or undefined leaves an
 * attribute out, true sets it empty.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child|Child[])} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "on") for (const [event, fn] of Object.entries(value)) el.addEventListener(event, fn);
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  el.append(...nodes(children));
  return el;
}

/** @param {(Child|Child[])[]} children @returns {(Node|string)[]} */
function nodes(children) {
  const flat = /** @type {Child[]} */ (children.flat());
  return flat
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** What is known of a thing, by name; what has no value is left out. @param {[string, Child][]} rows */
export function factList(rows) {
  const known = rows.filter(([, value]) => value);
  return h("dl", { class: "facts" }, ...known.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** Replace what an element holds. @param {Element} el @param {...(Child|Child[])} children */
export function fill(el, ...children) {
  el.replaceChildren(...nodes(children));
}

/** @template {Element} T @param {string} selector @param {new () => T} type @returns {T} */
export function find(selector, type) {
  const el = document.querySelector(selector);
  if (!(el instanceof type)) throw new Error(`The page lacks ${selector}.`);
  return el;
}

/** The drawings of the page, as paths in a box of 24 by 24. */
const PATHS = {
  news: "M5 5h11v14H6a1 1 0 0 1-1-1zM16 9h3v8.5a1.5 1.5 0 0 1-3 0M8 8.5h5M8 12h5M8 15.5h3",
  notices: "M7 4h7l4 4v12H7zM14 4v4h4M10 12h5M10 15.5h5",
  services: "M12 20s-7-4.4-7-9.4A3.9 3.9 0 0 1 12 8a3.9 3.9 0 0 1 7 2.6c0 5-7 9.4-7 9.4z",
  me: "M12 12a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM5.5 19.5a6.5 6.5 0 0 1 13 0",
  back: "M14.5 5.5 8 12l6.5 6.5",
  go: "M9.5 6l6 6-6 6",
  up: "M12 19V6M6.5 11.5 12 6l5.5 5.5",
  plus: "M12 5v14M5 12h14",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  camera: "M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z",
  clip: "M8 12.5 13.5 7a3 3 0 0 1 4.3 4.2l-6.8 6.9a4.6 4.6 0 0 1-6.6-6.5l6.3-6.3",
  check: "M5 12.5l4.5 4.5L19 7.5",
  star: "M12 4.5l2.3 4.8 5.2.7-3.8 3.6.9 5.2-4.6-2.5-4.6 2.5.9-5.2-3.8-3.6 5.2-.7z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  bell: "M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5zM10.5 20.5h3",
  place: "M12 20.5s6-5.6 6-10.2a6 6 0 0 0-12 0c0 4.6 6 10.2 6 10.2zM12 12.3a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
};

/** Draw an icon; it is decoration, the words beside it speak. @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
