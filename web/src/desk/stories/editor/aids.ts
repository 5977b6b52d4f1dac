/** What the text aids found, as underlines that move along with the words. */

import { Extension, type Editor } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import type { Node as Part } from "@tiptap/pm/model";

import type { Finding } from "../../parts/findings";
import { groups } from "./blocks";

const key = new PluginKey<DecorationSet>("aids");

/** Where the words of a finding are. The report counts characters of a block; words that moved since are looked for. */
function placed(doc: Part, finding: Finding): [number, number] | null {
  const group = groups(doc).find(({ id }) => id === finding.block_id);
  if (!group || group.nodes[0]?.type.name === "house") return null;
  let words = "";
  const pieces: { offset: number; at: number; length: number }[] = [];
  let at = group.at;
  for (const node of group.nodes) {
    node.descendants((part, position) => {
      if (!part.isText) return;
      pieces.push({ offset: words.length, at: at + 1 + position, length: part.text!.length });
      words += part.text;
    });
    at += node.nodeSize;
  }
  let [start] = finding.span;
  if (words.slice(start, start + finding.text.length) !== finding.text) start = words.indexOf(finding.text);
  if (start < 0 || !finding.text) return null;
  const end = start + finding.text.length;
  const first = pieces.find(({ offset, length }) => start < offset + length);
  const last = pieces.findLast(({ offset }) => offset < end);
  return first && last ? [first.at + start - first.offset, last.at + end - last.offset] : null;
}

function drawn(doc: Part, findings: readonly Finding[]): DecorationSet {
  const marks = findings.flatMap((finding): Decoration[] => {
    if (finding.field !== "body") return [];
    const place = placed(doc, finding);
    if (place) return [Decoration.inline(...place, { class: `aid ${finding.level}`, title: finding.why }, { finding: finding.id })];
    const group = groups(doc).find(({ id }) => id === finding.block_id);
    if (!group) return [];
    return [Decoration.node(group.at, group.at + group.nodes[0]!.nodeSize, { class: `aid-block ${finding.level}` }, { finding: finding.id })];
  });
  return DecorationSet.create(doc, marks);
}

export const Aids = Extension.create({
  name: "aids",
  addProseMirrorPlugins: () => [
    new Plugin<DecorationSet>({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply(tr, held, _, state) {
          const findings = tr.getMeta(key) as Finding[] | undefined;
          return findings ? drawn(state.doc, findings) : held.map(tr.mapping, tr.doc);
        },
      },
      props: { decorations: (state) => key.getState(state) },
    }),
  ],
});

export function showFindings(editor: Editor, findings: readonly Finding[]): void {
  editor.view.dispatch(editor.state.tr.setMeta(key, findings).setMeta("addToHistory", false));
}

/** Where a finding is by now, or null where its words are gone. */
export function rangeOf(editor: Editor, id: string): { from: number; to: number } | null {
  const found = key.getState(editor.state)?.find(undefined, undefined, (spec) => spec["finding"] === id)[0];
  return found && found.from < found.to ? { from: found.from, to: found.to } : null;
}

/** The finding whose words stand at a place. */
export function findingAt(editor: Editor, at: number): string | undefined {
  return key.getState(editor.state)?.find(at, at)[0]?.spec["finding"] as string | undefined;
}
