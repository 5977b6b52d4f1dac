/** Filing a request. */

import { call, newKey } from "../api.js";
import { catalog } from "../app.js";
import { fill, h } from "../dom.js";
import { field, isComplete, offer, once, showRefusal } from "../form.js";
import { nameOf, t } from "../i18n.js";
import { replace } from "../router.js";
import { me } from "../session.js";
import { toast } from "../toast.js";
import { photoPicker } from "./photos.js";
import { signInForm } from "./sign_in.js";

/** @param {string|undefined} service chosen before @returns {import("../types.js").Screen} */
export function requestFormScreen(service) {
  const choice = h("select", { name: "service", required: true });
  const form = requestForm(choice);
  const account = h("div", {});
  const el = h("div", { class: "scroll padded" }, account, form);
  let wasIn = true;

  function refresh() {
    const isIn = me() !== null;
    // What was written so far waits behind the sign-in.
    form.hidden = !isIn;
    if (isIn !== wasIn) fill(account, !isIn && signInForm());
    wasIn = isIn;
    const isFirst = choice.length <= 1;
    offer(choice, [
      { value: "", text: t("service.choose") },
      ...catalog.services.map((one) => ({ value: one.id, text: nameOf(one) })),
    ]);
    if (isFirst && catalog.services.some(({ id }) => id === service)) choice.value = service ?? "";
  }
  return { el, title: () => t("form.heading"), refresh };
}

/** @param {HTMLSelectElement} service */
function requestForm(service) {
  const title = h("input", {
    name: "title",
    required: true,
    maxlength: 100,
    placeholder: t("form.titleHint"),
    autocomplete: "off",
  });
  const text = h("textarea", {
    name: "text",
    required: true,
    rows: 5,
    maxlength: 4000,
    placeholder: t("form.textHint"),
  });
  const address = h("input", {
    name: "address",
    maxlength: 200,
    placeholder: t("form.addressHint"),
    autocomplete: "street-address",
  });
  const photos = photoPicker();
  const send = h("button", { type: "submit", class: "button" }, t("form.send"));
  const form = h(
    "form",
    { class: "panel", novalidate: true },
    h("h1", { tabindex: "-1" }, t("form.heading")),
    field(t("service.pick"), service),
    field(t("form.title"), title),
    field(t("form.text"), text),
    field(t("form.address"), address),
    photos.el,
    send,
  );
  /** One intended request has one key, however often it has to be sent. */
  let last = { sent: "", key: "" };

  async function file() {
    const media = photos.ids();
    if (!isComplete(form, t("form.required"))) return;
    if (!media) return toast(t("form.wait"), "error");
    const place = address.value.trim();
    const body = {
      service: service.value,
      title: title.value.trim(),
      text: text.value.trim(),
      ...(place ? { address: place } : {}),
      ...(media.length ? { media } : {}),
    };
    const sent = JSON.stringify(body);
    if (sent !== last.sent) last = { sent, key: newKey() };
    try {
      const filed = await call("POST", "/requests", { body, key: last.key });
      replace(`#/services/requests/${encodeURIComponent(filed.id)}`);
      // What is known already, as that the water is off until the evening, is told at once.
      const known = (filed.known_works ?? []).map((/** @type {{words: string}} */ work) => work.words);
      toast([t("form.done", { code: filed.code }), ...known].join(" "));
    } catch (error) {
      showRefusal(form, error);
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(send, file);
  });
  return form;
}
