/** A body while it is written: stretches of text between pictures and cards. The server keeps a block a paragraph. */

import type { Schemas } from "@/api/client";
import { inertHtml } from "@/app/trusted";

type Block = Schemas["Block"];
export type BlockForm = Schemas["BlockForm"];

export interface TextPart {
  key: number;
  kind: "text";
  html: string;
}
export interface PicturePart {
  key: number;
  kind: "image" | "video" | "audio";
  id?: string | undefined;
  media: Schemas["Media"];
  caption: string;
  alt: string;
}
export interface CardPart {
  key: number;
  kind: "service_card";
  id?: string | undefined;
  item: string;
}
export interface QuotePart {
  key: number;
  kind: "quote";
  id?: string | undefined;
  text: string;
  by: string;
}
export type Part = TextPart | PicturePart | CardPart | QuotePart;

let keys = 0;
export const newKey = (): number => ++keys;

export function partsOf(blocks: readonly Block[]): Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const { id, type, html = "", text = "", by = "", media, caption = "", alt = "", item = "" } = block;
    const last = parts.at(-1);
    if (type === "text" && last?.kind === "text") last.html += html;
    else if (type === "text") parts.push({ key: newKey(), kind: "text", html });
    else if (type === "quote") parts.push({ key: newKey(), kind: "quote", id, text, by });
    else if (type === "service_card") parts.push({ key: newKey(), kind: "service_card", id, item });
    else if (media) parts.push({ key: newKey(), kind: type as PicturePart["kind"], id, media, caption, alt });
  }
  return parts.length ? parts : [{ key: newKey(), kind: "text", html: "" }];
}

/** Paragraphs that did not change keep the ids they had, so that they stay the same ones over versions. */
export function blocksOf(parts: readonly Part[], before: readonly Block[]): BlockForm[] {
  const known = new Map(before.filter(({ type }) => type === "text").map(({ id, html = "" }) => [html, id]));
  return parts.flatMap((part): BlockForm[] => {
    if (part.kind === "text")
      return paragraphs(part.html).map((html) => {
        const id = known.get(html);
        known.delete(html);
        return { type: "text", html, ...(id ? { id } : {}) };
      });
    const id = part.id ? { id: part.id } : {};
    if (part.kind === "quote") return part.text.trim() ? [{ type: "quote", text: part.text, by: part.by, ...id }] : [];
    if (part.kind === "service_card") return part.item ? [{ type: "service_card", item: part.item, ...id }] : [];
    return [{ type: part.kind, media: part.media.id, caption: part.caption, alt: part.alt, ...id }];
  });
}

function paragraphs(html: string): string[] {
  const { body } = new DOMParser().parseFromString(inertHtml(html), "text/html");
  return [...body.children].filter(({ textContent }) => textContent?.trim()).map(({ outerHTML }) => outerHTML);
}
