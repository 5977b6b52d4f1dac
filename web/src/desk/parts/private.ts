/** Files that only their office may see yet: they are fetched with our token, then shown. */

import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";

import { getFile, type Schemas } from "@/api/client";
import { tell, explain } from "./commands";

type Block = Schemas["Block"];

/** The blocks with pictures the page can show. One that cannot be fetched stays as it is, and is shown as missing. */
export function usePrivateBlocks(blocks: () => readonly Block[]): ShallowRef<Block[]> {
  const shown = shallowRef<Block[]>([]);
  const held = new Map<string, string>();
  let asked = 0;

  async function shownAs(block: Block): Promise<Block> {
    const { media } = block;
    if (!media || media.kind !== "image") return block;
    try {
      if (!held.has(media.id)) held.set(media.id, URL.createObjectURL(await getFile(media.url)));
    } catch {
      return block;
    }
    return { ...block, media: { ...media, url: held.get(media.id) ?? media.url, renditions: [] } };
  }

  watch(blocks, async (now) => {
    const mine = ++asked;
    const made = await Promise.all(now.map(shownAs));
    if (mine === asked) shown.value = made;
  }, { immediate: true });
  onScopeDispose(() => {
    asked++;
    for (const url of held.values()) URL.revokeObjectURL(url);
  });
  return shown;
}

/** Save a file of ours to the person's disk. */
export async function saveFile(url: string, name: string): Promise<void> {
  try {
    const address = URL.createObjectURL(await getFile(url));
    const link = Object.assign(document.createElement("a"), { href: address, download: name });
    link.click();
    URL.revokeObjectURL(address);
  } catch (error) {
    tell(explain(error), "error");
  }
}
