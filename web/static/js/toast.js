/** Short messages over the page. What went wrong is said in the server's own words. */

import { Problem } from "./api.js";
import { find, h, icon } from "./dom.js";
import { t } from "./i18n.js";

const SHOWN_MS = 3500;
const ERROR_SHOWN_MS = 7000;

/** @param {string} text @param {"info"|"error"} [tone] */
export function toast(text, tone = "info") {
  clearToast();
  const close = h("button", { type: "button", class: "toast-close", "aria-label": t("error.close") }, icon("close"));
  const el = h("div", { class: `toast ${tone}` }, h("span", {}, text), close);
  close.addEventListener("click", () => el.remove());
  find(tone === "error" ? "#alerts" : "#toasts", HTMLElement).append(el);
  setTimeout(() => el.remove(), tone === "error" ? ERROR_SHOWN_MS : SHOWN_MS);
}

/** Take away what is said; the next message takes the place of the last. */
export function clearToast() {
  for (const old of document.querySelectorAll(".toast")) old.remove();
}

/**
 * @param {unknown} error a Problem is shown; anything else is a mistake of ours and goes to the console as well
 */
export function toastError(error) {
  if (!(error instanceof Problem)) console.error(error);
  toast(error instanceof Problem ? error.message : t("error.unknown"), "error");
}
