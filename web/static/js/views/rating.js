/** Rating how a request was handled. */

import { call, newKey } from "../api.js";
import { h, icon } from "../dom.js";
import { field, once, showRefusal } from "../form.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";

const ASPECTS = /** @type {const} */ (["attitude", "result"]);

/** @param {string} id of the request @returns {HTMLFormElement} */
export function ratingForm(id) {
  const comment = h("textarea", { name: "comment", rows: 2, maxlength: 500 });
  const send = h("button", { type: "submit", class: "button" }, t("rating.send"));
  const form = h(
    "form",
    { class: "panel rating", novalidate: true },
    h("h2", {}, t("rating.title")),
    ...ASPECTS.map(stars),
    field(t("rating.comment"), comment),
    send,
  );
  const key = newKey();

  async function rate() {
    const given = new FormData(form);
    if (!ASPECTS.every((aspect) => given.has(aspect))) return toast(t("rating.pick"), "error");
    const words = comment.value.trim();
    const scores = Object.fromEntries(ASPECTS.map((aspect) => [aspect, Number(given.get(aspect))]));
    try {
      await call("POST", `/requests/${encodeURIComponent(id)}/rating`, {
        body: { ...scores, ...(words ? { comment: words } : {}) },
        key,
      });
      toast(t("rating.thanks"));
    } catch (error) {
      showRefusal(form, error);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(send, rate);
  });
  return form;
}

/**
 * Five stars as five radio buttons: arrow keys and screen readers work by themselves.
 * @param {string} aspect
 */
function stars(aspect) {
  return h(
    "fieldset",
    { class: "stars" },
    h("legend", {}, t(`rating.${aspect}`)),
    ...[1, 2, 3, 4, 5].map((n) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name: aspect, value: n }),
        h("span", { class: "sr-only" }, t("rating.n", { n })),
        icon("star"),
      ),
    ),
  );
}

/** @param {import("../types.js").Rating} rating */
export function ratingShown(rating) {
  return h(
    "section",
    { class: "panel rated" },
    h("h2", {}, t("rating.done")),
    ...ASPECTS.map((aspect) => h("p", {}, `${t(`rating.${aspect}`)} `, score(rating[aspect]))),
    rating.comment && h("p", { class: "muted" }, rating.comment),
  );
}

/** @param {number} n */
function score(n) {
  const label = t("rating.n", { n });
  return h(
    "span",
    { class: "score", role: "img", "aria-label": label },
    ...Array.from({ length: n }, () => icon("star")),
  );
}
