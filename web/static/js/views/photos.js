/** Choosing photos: each is uploaded at once, so that sending the form is quick. */

import { call, newKey } from "../api.js";
import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { toast, toastError } from "../toast.js";

const MOST = 9;

export function photoPicker() {
  /** @type {Map<HTMLElement, string|null>} the id once the server has it */
  const photos = new Map();
  const input = h("input", {
    type: "file",
    accept: "image/jpeg,image/png,image/webp",
    multiple: true,
    class: "sr-only",
    id: "photos",
  });
  const strip = h("div", { class: "photos" });
  const add = h("label", { class: "add-photo", for: "photos" }, icon("camera"), h("span", {}, t("form.addPhoto")));
  const el = h(
    "div",
    { class: "field" },
    h("span", { class: "label" }, t("form.photos")),
    input,
    h("div", { class: "photo-row" }, strip, add),
    h("p", { class: "hint" }, t("form.photoHint", { n: MOST })),
  );

  input.addEventListener("change", () => {
    for (const file of input.files ?? []) {
      if (photos.size === MOST) {
        toast(t("form.tooMany", { n: MOST }), "error");
        break;
      }
      void upload(file);
    }
    input.value = "";
  });

  /** @param {File} file */
  async function upload(file) {
    const preview = URL.createObjectURL(file);
    const remove = h("button", { type: "button", class: "remove", "aria-label": t("form.removePhoto") }, icon("close"));
    const thumb = h(
      "div",
      { class: "photo", "aria-busy": "true" },
      h("img", { src: preview, alt: file.name, width: 88, height: 88 }),
      remove,
    );
    photos.set(thumb, null);
    strip.append(thumb);
    const drop = () => {
      photos.delete(thumb);
      thumb.remove();
      URL.revokeObjectURL(preview);
    };
    remove.addEventListener("click", drop);
    try {
      const form = new FormData();
      form.append("file", file);
      const media = await call("POST", "/media", { form, key: newKey() });
      if (photos.has(thumb)) photos.set(thumb, media.id);
      thumb.removeAttribute("aria-busy");
    } catch (error) {
      drop();
      toastError(error);
    }
  }

  return {
    el,
    /** The ids of the photos, or null while one is still on its way. @returns {string[]|null} */
    ids() {
      const ids = [...photos.values()];
      return ids.includes(null) ? null : /** @type {string[]} */ (ids);
    },
  };
}
