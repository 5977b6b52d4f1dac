/** Pictures, video and sound. The size is known beforehand, so nothing jumps when they load. */

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./types.js").Media} Media */

/**
 * @param {Media} media
 * @param {{alt?: string|null, sizes: string, eager?: boolean}} how `sizes` as in HTML: how wide it will be shown
 */
export function picture(media, { alt, sizes, eager = false }) {
  const own = media.width ? [`${media.url} ${media.width}w`] : [];
  const srcset = [...(media.renditions ?? []).map((r) => `${r.url} ${r.width}w`), ...own].join(", ");
  const img = h("img", {
    sizes,
    srcset: srcset || null,
    src: media.url,
    alt: alt ?? "",
    width: media.width,
    height: media.height,
    loading: eager ? null : "lazy",
    decoding: "async",
  });
  img.addEventListener("error", () => img.classList.add("broken"), { once: true });
  return img;
}

/**
 * @param {"image"|"video"|"audio"} type
 * @param {Media} media
 * @param {{caption?: string|null, alt?: string|null}} words
 */
export function figure(type, media, { caption, alt }) {
  const shown =
    type === "image"
      ? picture(media, { alt: alt ?? caption, sizes: "(min-width: 480px) 480px, 100vw" })
      : player(type, media, alt ?? caption);
  return h("figure", { class: `figure ${type}` }, shown, caption && h("figcaption", {}, caption));
}

/** @param {"video"|"audio"} type @param {Media} media @param {string|null|undefined} label */
function player(type, media, label) {
  const poster = type === "video" ? media.poster : null;
  const el = h(
    type,
    {
      controls: true,
      preload: "metadata",
      playsinline: true,
      "aria-label": label,
      poster,
      ...(type === "video" ? { width: media.width ?? 16, height: media.height ?? 9 } : {}),
    },
    h("source", { src: media.url, type: media.mime }),
  );
  el.addEventListener("error", () => el.after(h("p", { class: "muted" }, t("media.unplayable"))), {
    once: true,
    capture: true,
  });
  return el;
}
