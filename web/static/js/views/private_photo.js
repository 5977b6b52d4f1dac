/** Photos of one's own requests: the server gives them to nobody without a token, so they are fetched, then shown. */

import { getFile } from "../api.js";
import { h } from "../dom.js";
import { me, onSession } from "../session.js";

const WIDE_ENOUGH = 960;

/**
 * What was fetched, so that a redraw asks for nothing twice.
 * @type {Map<string, Promise<string>>}
 */
const fetched = new Map();

// The next person at this phone must not find them.
onSession(() => {
  if (me()) return;
  for (const url of fetched.values()) url.then(URL.revokeObjectURL, () => {});
  fetched.clear();
});

/** @param {import("../types.js").Media} media @param {string} alt */
export function privatePhoto(media, alt) {
  const img = h("img", { alt, width: media.width, height: media.height });
  const link = h("a", { target: "_blank", rel: "noopener" }, img);
  load(media).then(
    (url) => {
      img.src = url;
      link.href = url;
    },
    () => img.classList.add("broken"),
  );
  return link;
}

/** @param {import("../types.js").Media} media @returns {Promise<string>} */
function load(media) {
  const known = fetched.get(media.id);
  if (known) return known;
  const [fitting = media] = media.renditions
    .filter(({ width }) => width >= WIDE_ENOUGH)
    .sort((a, b) => a.width - b.width);
  const url = getFile(fitting.url).then((blob) => URL.createObjectURL(blob));
  url.catch(() => fetched.delete(media.id)); // It may work the next time.
  fetched.set(media.id, url);
  return url;
}
