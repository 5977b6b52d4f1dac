/** Bodies on their way between the house and the editor. Blocks that nobody touched go back as they came. */

import type { JSONContent } from "@tiptap/core";
import { getSchema } from "@tiptap/core";
import { DOMParser as Reader, DOMSerializer, type Node as Part } from "@tiptap/pm/model";

import type { Schemas } from "@/api/client";
import { inertHtml } from "@/app/trusted";

import { extensions } from "./schema";

export type Block = Schemas["Block"];
/** A block as it is sent. */
export type BlockForm = Record<string, unknown> & { id: string; type: string };

const schema = getSchema(extensions);
const reader = Reader.fromSchema(schema);
/** Written once: a node that did not change is the same object. */
const written = new WeakMap<Part, string>();

function dom(html: string): HTMLElement {
  return new DOMParser().parseFromString(inertHtml(html), "text/html").body;
}

/** The document of a body. */
export function toDocument(body: readonly Block[]): JSONContent {
  const content = body.flatMap((block): JSONContent[] => {
    if (block.type !== "text") return [{ type: "house", attrs: { blockId: block.id, block } }];
    const nodes = reader.parse(dom(block.html ?? "")).children.filter(({ type }) => type.name !== "house");
    return nodes.map((node) => {
      const json = node.toJSON() as JSONContent;
      return { ...json, attrs: { ...json.attrs, blockId: block.id } };
    });
  });
  return { type: "doc", content: content.length ? content : [{ type: "paragraph" }] };
}

/** The marks and words of text nodes, as the house keeps them. */
function htmlOf(node: Part): string {
  let html = written.get(node);
  if (html === undefined) {
    if (node.isTextblock && !node.content.size) html = "";
    else {
      const box = document.createElement("div");
      box.append(DOMSerializer.fromSchema(node.type.schema).serializeNode(node));
      html = box.innerHTML;
    }
    written.set(node, html);
  }
  return html;
}

/** A block as it is shown, from one that was sent. */
export function blockOf(form: BlockForm, media: ReadonlyMap<string, Schemas["Media"]>): Block {
  const known = typeof form["media"] === "string" ? media.get(form["media"]) : undefined;
  return (known ? { ...form, media: known } : form) as Block;
}

interface Group {
  id: string;
  /** The first of these stands at `at`. */
  at: number;
  nodes: Part[];
}

/** The blocks of a document, each with its nodes. */
export function groups(doc: Part): Group[] {
  const found: Group[] = [];
  doc.forEach((node, at) => {
    const id = String(node.attrs["blockId"] ?? "");
    const last = found.at(-1);
    if (last?.id === id && node.type.name !== "house") last.nodes.push(node);
    else found.push({ id, at, nodes: [node] });
  });
  return found;
}

/** What a block is sent as. */
export function formOf(block: Block): BlockForm {
  if (block.type === "text") return { id: block.id, type: "text", html: block.html ?? "" };
  if (block.type === "quote") return { id: block.id, type: "quote", text: block.text ?? "", by: block.by ?? "" };
  if (block.media) return { id: block.id, type: block.type, media: block.media.id, caption: block.caption ?? "", alt: block.alt ?? "" };
  const { card: _, ...rest } = block;
  return rest as BlockForm;
}

/** Remembers how a body came, to send back unchanged what was not changed. */
export class Bodies {
  #came = new Map<string, { html: string; ours: string }>();

  constructor(body: readonly Block[]) {
    for (const block of body) {
      if (block.type !== "text") continue;
      const nodes = reader.parse(dom(block.html ?? "")).children;
      this.#came.set(block.id, { html: block.html ?? "", ours: nodes.map(htmlOf).join("") });
    }
  }

  /** The blocks of a document. What is empty is left out: the house keeps no empty paragraphs. */
  of(doc: Part): BlockForm[] {
    return groups(doc).flatMap(({ id, nodes }): BlockForm[] => {
      const first = nodes[0]!;
      if (first.type.name === "house") {
        const block = { ...(first.attrs["block"] as Block), id };
        return block.type === "quote" && !block.text?.trim() ? [] : [formOf(block)];
      }
      const ours = nodes.map(htmlOf).join("");
      const came = this.#came.get(id);
      const html = came && came.ours === ours ? came.html : ours;
      return html ? [{ id, type: "text", html }] : [];
    });
  }
}

/** The words of a block, to be read and compared. */
export function wordsOf(block: Partial<Block> | BlockForm | null | undefined): string {
  if (!block) return "";
  if (block.type === "text" && typeof block.html === "string") {
    const body = dom(block.html);
    for (const line of body.querySelectorAll("p, li, h2, h3, blockquote, br")) line.append("\n");
    return (body.textContent ?? "").trim();
  }
  return [block["text"], block["by"], block["caption"], block["alt"]].filter(Boolean).join("\n");
}
