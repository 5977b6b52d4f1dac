/**
 * Blocks that are not running text, in the editor: pictures, films and sound with their captions, quotations, and what
 * this editor does not know, which stays as it is.
 */

import type { NodeViewRenderer } from "@tiptap/core";

import type { Schemas } from "@/api/client";

import { borrow } from "../media";

type Block = Schemas["Block"];
type Editable = "caption" | "alt" | "text" | "by";

const FIELDS: Record<string, [name: Editable, label: string, most: number][]> = {
  image: [["caption", "图片说明", 300], ["alt", "替代文字（念给看不见图的人）", 300]],
  video: [["caption", "视频说明", 300], ["alt", "替代文字", 300]],
  audio: [["caption", "音频说明", 300], ["alt", "替代文字", 300]],
  quote: [["text", "引语", 2000], ["by", "谁说的", 80]],
};
const KINDS: Record<string, string> = { image: "图片", video: "视频", audio: "音频", quote: "引语", service_card: "办事卡片" };

function made<K extends keyof HTMLElementTagNameMap>(tag: K, given: Partial<HTMLElementTagNameMap[K]>, ...children: Node[]): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(tag), given);
  element.append(...children);
  return element;
}

function picture({ type, media, alt, caption }: Block): HTMLElement | null {
  if (!media) return null;
  if (type === "image") return made("img", { alt: alt || caption || "", draggable: false });
  if (type === "video") return made("video", { src: media.url, controls: true, preload: "none", ...(media.poster ? { poster: media.poster } : {}) });
  return type === "audio" ? made("audio", { src: media.url, controls: true, preload: "none" }) : null;
}

export const houseView: NodeViewRenderer = ({ node, editor, getPos }) => {
  let block = node.attrs["block"] as Block;
  const inputs = new Map<Editable, HTMLTextAreaElement>();
  const head = made("p", { className: "house-kind", textContent: KINDS[block.type] ?? `“${block.type}”，这里不能改，会原样保留` });
  const remove = made("button", { type: "button", className: "house-remove", textContent: "去掉" });
  head.append(remove);
  const dom = made("figure", { className: `house ${block.type}`, contentEditable: "false" }, head);
  const shown = picture(block);
  if (shown) dom.append(shown);
  const letGo = block.media && shown instanceof HTMLImageElement ? borrow(block.media, "w960", (url) => (shown.src = url)) : () => {};
  if (block.type === "service_card") dom.append(made("p", { textContent: block.card?.title ?? `事项 ${block.item}` }));

  for (const [name, label, most] of FIELDS[block.type] ?? []) {
    const input = made("textarea", { rows: name === "text" ? 3 : 1, maxLength: most, value: block[name] ?? "", placeholder: label });
    input.setAttribute("aria-label", label);
    input.addEventListener("input", () => change({ ...block, [name]: input.value }));
    inputs.set(name, input);
    dom.append(input);
  }

  function change(next: Block): void {
    const at = getPos();
    if (at === undefined) return;
    block = next;
    editor.view.dispatch(editor.state.tr.setNodeAttribute(at, "block", next));
  }

  remove.addEventListener("click", () => {
    const at = getPos();
    if (at !== undefined) editor.view.dispatch(editor.state.tr.delete(at, at + 1));
  });

  function show(): void {
    for (const [name, input] of inputs) {
      const value = block[name] ?? "";
      if (input.value !== value) input.value = value;
      input.readOnly = !editor.isEditable;
    }
    remove.hidden = !editor.isEditable;
  }
  const showAgain = (): void => show();
  editor.on("update", showAgain);
  show();

  return {
    dom,
    update(next) {
      const to = next.attrs["block"] as Block;
      if (next.type.name !== "house" || to.type !== block.type || to.media?.id !== block.media?.id) return false;
      block = to;
      show();
      return true;
    },
    stopEvent: ({ target }) => target instanceof HTMLTextAreaElement || target instanceof HTMLButtonElement,
    ignoreMutation: () => true,
    destroy() {
      editor.off("update", showAgain);
      letGo();
    },
  };
};
