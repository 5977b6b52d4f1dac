/** Signing in by phone and code. */

import { h } from "../dom.js";
import { field, isComplete, once, showRefusal } from "../form.js";
import { t } from "../i18n.js";
import { sendCode, signIn } from "../session.js";
import { clearToast, toast } from "../toast.js";

const AGAIN_AFTER_S = 60;

/** @returns {HTMLFormElement} */
export function signInForm() {
  const phone = h("input", {
    name: "phone",
    type: "tel",
    inputmode: "tel",
    autocomplete: "tel-national",
    required: true,
    maxlength: 20,
    placeholder: t("sign.phoneHint"),
  });
  const code = h("input", {
    name: "code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    required: true,
    maxlength: 6,
    placeholder: t("sign.codeHint"),
  });
  const send = h("button", { type: "button", class: "button quiet" }, t("sign.send"));
  const enter = h("button", { type: "submit", class: "button" }, t("sign.go"));
  const hint = h("p", { class: "demo", role: "status" });
  const form = h(
    "form",
    { class: "panel sign-in", novalidate: true },
    h("h2", {}, t("sign.title")),
    h("p", { class: "muted" }, t("sign.lead")),
    field(t("sign.phone"), phone),
    h("div", { class: "code-row" }, field(t("sign.code"), code), send),
    hint,
    enter,
  );

  send.addEventListener("click", () =>
    once(send, async () => {
      code.required = false;
      const complete = isComplete(form, t("form.required"));
      code.required = true;
      if (!complete) return;
      try {
        const demo = await sendCode(phone.value.trim());
        clearToast();
        hint.textContent = demo ? t("sign.demo", { code: demo }) : t("sign.sent", { phone: phone.value.trim() });
        code.focus();
        void rest(send);
      } catch (error) {
        showRefusal(form, error);
      }
    }),
  );

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void once(enter, async () => {
      if (!isComplete(form, t("form.required"))) return;
      try {
        await signIn(phone.value.trim(), code.value.trim());
        toast(t("sign.hello"));
      } catch (error) {
        showRefusal(form, error);
      }
    });
  });
  return form;
}

/**
 * Let the server's limit rest: count down before another code can be asked for.
 * @param {HTMLButtonElement} button
 */
async function rest(button) {
  button.disabled = true;
  for (let left = AGAIN_AFTER_S; left > 0 && button.isConnected; left--) {
    button.textContent = t("sign.again", { n: left });
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  button.disabled = false;
  button.textContent = t("sign.send");
}
