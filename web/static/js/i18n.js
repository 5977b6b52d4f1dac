/** Chinese first, English on request. */

import { EN, ZH } from "./strings.js";

const KEY = "ronghui.lang";
/** @type {Set<() => void>} */
const listeners = new Set();
let current = remembered();

/** @returns {"zh"|"en"} */
function remembered() {
  try {
    return localStorage.getItem(KEY) === "en" ? "en" : "zh";
  } catch {
    return "zh"; // A browser that forbids storage still gets the page.
  }
}

/** @returns {"zh"|"en"} */
export function lang() {
  return current;
}

/** @param {"zh"|"en"} next */
export function setLang(next) {
  current = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // The choice then lasts as long as the page.
  }
  applyLang();
  for (const fn of listeners) fn();
}

/** Write the language into the document and its fixed words. */
export function applyLang() {
  document.documentElement.lang = current === "en" ? "en" : "zh-CN";
  for (const el of document.querySelectorAll("[data-t]"))
    el.textContent = t(/** @type {HTMLElement} */ (el).dataset.t ?? "");
  for (const el of document.querySelectorAll("[data-t-label]")) {
    el.setAttribute("aria-label", t(/** @type {HTMLElement} */ (el).dataset.tLabel ?? ""));
  }
}

/** @param {() => void} fn @returns {() => void} the way to stop listening */
export function onLang(fn) {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

/** @param {string} key @param {Record<string, string|number>} [values] */
export function t(key, values = {}) {
  const text = (current === "en" ? EN[key] : undefined) ?? ZH[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
