/** Saying something about one's own request: more facts, or that it is not solved. */

import { call, newKey } from "../api.js";
import { h } from "../dom.js";
import { field, isComplete, once, showRefusal } from "../form.js";
import { t } from "../i18n.js";
import { toast } from "../toast.js";

/**
 * @param {string} id of the request
 * @param {{title: string, hint: string, to: string, name: string}} how the fixed words by their keys, the resource and
 *   the field that take what is written
 */
export function wordsForm(id, { title, hint, to, name }) {
  const input = h("textarea", { name, rows: 3, maxlength: 2000, required: true });
  const send = h("button", { type: "submit", class: "button quiet" }, t("request.send"));
  const form = h("form", { novalidate: true }, field(t(hint), input), send);
  const fold = h("details", { class: "fold" }, h("summary", {}, t(title)), form);
  let key = newKey();

  async function say() {
    if (!isComplete(form, t("form.required"))) return;
    try {
      await call("POST", `/requests/${encodeURIComponent(id)}/${to}`, { body: { [name]: input.value.trim() }, key });
      form.reset();
      fold.open = false;
      toast(t("request.sent"));
    } catch (error) {
      showRefusal(form, error);
    }
  }

  // Other words are another message; the same ones sent again are not.
  input.addEventListener("input", () => (key = newKey()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(send, say);
  });
  return fold;
}
