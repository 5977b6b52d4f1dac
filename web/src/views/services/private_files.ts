/**
 * Photos of one's own matters: the server gives them to nobody without a token, so they are fetched, then shown. What
 * was fetched is held for the page's life, so that a redraw asks for nothing twice, and let go with the sign-in.
 */

import { getFile, type Schemas } from "@/api/client";
import { me, onSession } from "@/app/session";

const WIDE_ENOUGH = 960;
const fetched = new Map<string, Promise<string>>();

// The next person at this phone must not find them.
onSession(() => {
  if (me.value) return;
  for (const url of fetched.values()) url.then(URL.revokeObjectURL, () => undefined);
  fetched.clear();
});

/** An address of the page's own for a private picture. It throws `Problem` where it could not be fetched. */
export function privateUrl(media: Schemas["Media"]): Promise<string> {
  const known = fetched.get(media.id);
  if (known) return known;
  const fitting = media.renditions.filter(({ width }) => (width ?? 0) >= WIDE_ENOUGH).sort((a, b) => (a.width ?? 0) - (b.width ?? 0))[0];
  const url = getFile((fitting ?? media).url).then((blob) => URL.createObjectURL(blob));
  url.catch(() => fetched.delete(media.id));
  fetched.set(media.id, url);
  return url;
}
