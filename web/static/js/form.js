/**
 * Parts of forms: labelled fields, their mistakes said beside them, and buttons that cannot be pressed twice.
 */

import { Problem } from "./api.js";
import { h } from "./dom.js";
import { toastError } from "./toast.js";

let nextId = 0;

/**
 * @param {string} label
 * @param {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} input named as the API names the field
 * @param {string} [hint]
 */
export function field(label, input, hint) {
  const id = (input.id = `field-${nextId++}`);
  input.setAttribute("aria-describedby", `${id}-error ${id}-hint`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    input,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    h("p", { class: "mistake", id: `${id}-error`, "aria-live": "polite" }),
  );
}

/**
 * Say beside a field what is wrong with it; nothing takes the words away again.
 * @param {HTMLElement} input
 * @param {string} [message]
 */
export function mark(input, message = "") {
  input.toggleAttribute("aria-invalid", Boolean(message));
  if (message) input.setAttribute("aria-invalid", "true");
  const place = document.getElementById(`${input.id}-error`);
  if (place) place.textContent = message;
}

/** The fields of a form by name. @param {HTMLFormElement} form @returns {HTMLElement[]} */
function fields(form) {
  return [...form.elements]
    .filter((el) => el instanceof HTMLElement && el.id && "name" in el && el.name)
    .map((el) => /** @type {HTMLElement} */ (el));
}

/**
 * Whether every required field is filled; the first that is not gets the focus.
 * @param {HTMLFormElement} form
 * @param {string} message
 */
export function isComplete(form, message) {
  const empty = fields(form).filter(
    (el) => /** @type {HTMLInputElement} */ (el).required && !(/** @type {HTMLInputElement} */ (el).value.trim()),
  );
  for (const el of fields(form)) mark(el, empty.includes(el) ? message : "");
  empty[0]?.focus();
  return empty.length === 0;
}

/**
 * Show a refusal: as a message, and beside the fields it names.
 * @param {HTMLFormElement} form
 * @param {unknown} error
 */
export function showRefusal(form, error) {
  toastError(error);
  if (!(error instanceof Problem)) return;
  for (const { field: path, message } of error.errors) {
    const input = fields(form).find((el) => path.split(".").includes(/** @type {HTMLInputElement} */ (el).name));
    if (input) mark(input, message);
  }
}

/**
 * Offer a choice. Nothing is touched while the options are the same, as that would close a list that is open.
 * @param {HTMLSelectElement} select
 * @param {{value: string, text: string}[]} options
 */
export function offer(select, options) {
  const shown = [...select.options].map(({ value, text }) => ({ value, text }));
  if (JSON.stringify(shown) === JSON.stringify(options)) return;
  const chosen = select.value;
  select.replaceChildren(...options.map(({ value, text }) => h("option", { value }, text)));
  select.value = options.some(({ value }) => value === chosen) ? chosen : (options[0]?.value ?? "");
}

/**
 * Do something once: the button rests until it is done.
 * @param {HTMLButtonElement} button
 * @param {() => Promise<void>} work
 */
export async function once(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-busy");
  }
}
