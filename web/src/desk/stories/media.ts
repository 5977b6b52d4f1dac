/** Files of the newsroom: what is not published yet is shown only to whoever is signed in, so it is fetched and then shown. */

import { getFile, newKey, upload, type Schemas } from "@/api/client";

export type Media = Schemas["Media"];

/** Have `show` called with an address for a picture; the function that is returned lets it go. */
export function borrow(media: Media, width: "w320" | "w960", show: (url: string) => void): () => void {
  const { url } = media.renditions.find(({ name }) => name === width) ?? media;
  let address: string | null = null;
  let isOver = false;
  getFile(url).then(
    (file) => {
      if (isOver) return;
      address = URL.createObjectURL(file);
      show(address);
    },
    // A picture that cannot be had leaves its place empty, with its words beside it.
    () => {},
  );
  return () => {
    isOver = true;
    if (address) URL.revokeObjectURL(address);
  };
}

export function send(file: File): Promise<Media> {
  return upload(file, newKey());
}
