/**
 * Marking what the aids found where it stands. The words are not touched: the browser paints ranges over them
 * (CSS Custom Highlight API), so that marked text is copied and read aloud as it is. Where a browser cannot, the list beside
 * each block still quotes them.
 */

import { onScopeDispose, watch, type Ref } from "vue";

import type { Finding } from "../parts/findings";

const NAMES = { block: "finding-block", warn: "finding-warn", info: "finding-info" } as const;

export function useMarks(box: Ref<HTMLElement | null>, findings: () => readonly Finding[], text: () => unknown): void {
  if (!("highlights" in CSS)) return;
  watch(
    [box, findings, text],
    () => {
      clear();
      if (box.value) paint(box.value, findings());
    },
    { flush: "post", immediate: true },
  );
  onScopeDispose(clear);
}

function clear(): void {
  for (const name of Object.values(NAMES)) CSS.highlights.delete(name);
}

function paint(box: HTMLElement, findings: readonly Finding[]): void {
  for (const level of ["block", "warn", "info"] as const) {
    const ranges = findings.filter((one) => one.level === level).flatMap((one) => rangeOf(box, one) ?? []);
    if (ranges.length) CSS.highlights.set(NAMES[level], new Highlight(...ranges));
  }
}

/** The words in the part they were found in; of several alike, those nearest to where the aids saw them. */
function rangeOf(box: HTMLElement, { field, block_id, span, text }: Finding): Range | null {
  const part = box.querySelector(`[data-part="${CSS.escape(block_id ?? field)}"]`);
  if (!part || !text) return null;
  const nodes: { node: Text; start: number }[] = [];
  let whole = "";
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    nodes.push({ node, start: whole.length });
    whole += node.data;
  }
  let best = -1;
  for (let at = whole.indexOf(text); at >= 0; at = whole.indexOf(text, at + 1))
    if (best < 0 || Math.abs(at - span[0]) < Math.abs(best - span[0])) best = at;
  if (best < 0) return null;
  const range = document.createRange();
  const place = (at: number): [Text, number] => {
    const found = nodes.findLast(({ start }) => start <= at)!;
    return [found.node, at - found.start];
  };
  range.setStart(...place(best));
  const [last, offset] = place(best + text.length - 1);
  range.setEnd(last, offset + 1);
  return range;
}
