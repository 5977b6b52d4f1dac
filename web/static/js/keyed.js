/** Lists that change in place: only what changed is touched, so focus, scroll and selection stay. */

/** @type {WeakMap<Element, Map<string, {ver: string, el: Element}>>} */
const shown = new WeakMap();
const HIGHLIGHT_MS = 6000;

/**
 * Make `list` show exactly `rows`, in order.
 *
 * @template T
 * @param {Element} list
 * @param {T[]} rows
 * @param {{
 *   key: (row: T) => string, ver: (row: T) => string, make: (row: T) => Element, fresh?: (row: T) => boolean
 * }} how
 *   a row is made again when its `ver` differs; one that is `fresh` is highlighted for a moment
 */
export function keyed(list, rows, { key, ver, make, fresh }) {
  const before = shown.get(list) ?? new Map();
  const after = new Map();
  for (const row of rows) {
    const old = before.get(key(row));
    if (old?.ver === ver(row)) after.set(key(row), old);
    else after.set(key(row), { ver: ver(row), el: remake(old?.el, make(row)) });
    if (fresh?.(row) && old?.ver !== ver(row)) highlight(after.get(key(row)).el);
  }
  for (const [id, { el }] of before) if (!after.has(id)) el.remove();
  let at = list.firstElementChild;
  for (const { el } of after.values()) {
    if (at && el === at) at = at.nextElementSibling;
    else list.insertBefore(el, at);
  }
  shown.set(list, after);
}

/** @param {Element|undefined} old @param {Element} el */
function remake(old, el) {
  if (!old) return el;
  const focused = old.contains(document.activeElement);
  old.replaceWith(el);
  const heir = el.matches("a,button") ? el : el.querySelector("a,button");
  if (focused && heir instanceof HTMLElement) heir.focus({ preventScroll: true });
  return el;
}

/** @param {Element} el */
export function highlight(el) {
  el.classList.add("arrived");
  setTimeout(() => el.classList.remove("arrived"), HIGHLIGHT_MS);
}
