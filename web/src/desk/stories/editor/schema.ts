/**
 * The body of a story as ProseMirror holds it. Each node at the top belongs to a block of the house, by its id: text in
 * its own nodes, neighbours with one id being one block; all else in `house` nodes, which carry their block whole.
 */

import { Extension, Mark, Node } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import StarterKit from "@tiptap/starter-kit";

import { newKey } from "@/api/client";

import { houseView } from "./house";

const TEXT_NODES = ["paragraph", "heading", "bulletList", "orderedList", "blockquote"];

const Doc = Node.create({ name: "doc", topNode: true, content: "(block | house)+" });

const House = Node.create({
  name: "house",
  group: "house",
  atom: true,
  draggable: true,
  addAttributes: () => ({
    blockId: { default: null, rendered: false },
    block: {
      default: null,
      parseHTML: (element: HTMLElement) => parsed(element.dataset["house"]),
      renderHTML: ({ block }: Record<string, unknown>) => ({ "data-house": JSON.stringify(block) }),
    },
  }),
  parseHTML: () => [{ tag: "figure[data-house]", getAttrs: (element) => (parsed(element.dataset["house"]) ? null : false) }],
  renderHTML: ({ HTMLAttributes }) => ["figure", HTMLAttributes],
  addNodeView: () => houseView,
});

function parsed(text: string | undefined): unknown {
  try {
    const block: unknown = JSON.parse(text ?? "");
    return block && typeof block === "object" && "type" in block ? block : null;
  } catch {
    return null;
  }
}

const mark = (name: string, tag: string) =>
  Mark.create({ name, parseHTML: () => [{ tag }], renderHTML: ({ HTMLAttributes }) => [tag, HTMLAttributes, 0] });

/** Gives every block an id of its own, and leaves those that there are where their words are. */
const Ids = Extension.create({
  name: "ids",
  addGlobalAttributes: () => [{ types: TEXT_NODES, attributes: { blockId: { default: null, rendered: false, keepOnSplit: false } } }],
  addProseMirrorPlugins: () => [
    new Plugin({
      key: new PluginKey("ids"),
      appendTransaction(transactions, _, { doc, tr }) {
        if (!transactions.some(({ docChanged }) => docChanged)) return null;
        const ids = doc.children.map(({ attrs }) => attrs["blockId"] as string | null);
        doc.children.forEach((node, at) => {
          // Enter at the beginning of a paragraph leaves an empty one before it; the id goes on with the words.
          const next = doc.children[at + 1];
          const isLeftEmpty = node.isTextblock && !node.content.size && next?.isTextblock && next.content.size > 0;
          if (isLeftEmpty && ids[at] && !ids[at + 1]) [ids[at], ids[at + 1]] = [null, ids[at]!];
        });
        const seen = new Set<string>();
        let before: string | null = null;
        doc.forEach((node, position, at) => {
          let id = ids[at] ?? null;
          const goesOn = id !== null && id === before && node.type.name !== "house";
          if (!goesOn && (id === null || seen.has(id))) id = newKey();
          seen.add(id!);
          before = node.type.name === "house" ? null : id;
          if (id !== node.attrs["blockId"]) tr.setNodeAttribute(position, "blockId", id);
        });
        return tr.docChanged ? tr.setMeta("addToHistory", false) : null;
      },
    }),
  ],
});

export const extensions = [
  Doc,
  House,
  Ids,
  mark("subscript", "sub"),
  mark("superscript", "sup"),
  StarterKit.configure({
    document: false,
    code: false,
    codeBlock: false,
    horizontalRule: false,
    strike: false,
    trailingNode: false,
    heading: { levels: [2, 3] },
    link: { openOnClick: false, autolink: false, defaultProtocol: "https", HTMLAttributes: { target: null, rel: null, class: null } },
  }),
];
