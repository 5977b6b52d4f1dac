/**
 * Showing the HTML of text blocks.
 *
 * The server has cleaned it already. It is still only parsed into an inert document and rebuilt element by element
 * from a short list, so that a mistake there cannot become a script here.
 */

import { h, type FunctionalComponent, type VNode } from "vue";

import { inertHtml } from "@/app/trusted";

/** Tags that may appear, with the attributes that may stay on them. */
const ALLOWED: Record<string, readonly string[]> = {
  ...Object.fromEntries(
    "p br strong b em i u s sub sup h2 h3 h4 ul ol li blockquote code pre hr table caption thead tbody tr"
      .split(" ")
      .map((tag) => [tag, []]),
  ),
  a: ["href"],
  abbr: ["title"],
  th: ["colspan", "rowspan", "scope"],
  td: ["colspan", "rowspan"],
};

const DROPPED_WHOLE = new Set(["script", "style", "template", "iframe", "object", "noscript", "svg", "math"]);

type Child = VNode | string;

function rebuilt(from: Node): Child[] {
  return [...from.childNodes].flatMap((node): Child[] => {
    if (node instanceof Text) return [node.data];
    return node instanceof Element ? rebuiltElement(node) : [];
  });
}

function rebuiltElement(from: Element): Child[] {
  const tag = from.localName;
  if (DROPPED_WHOLE.has(tag)) return [];
  const attributes = Object.hasOwn(ALLOWED, tag) ? ALLOWED[tag] : undefined;
  // An unknown wrapper goes, its words stay.
  if (!attributes) return rebuilt(from);
  const kept: Record<string, string> = {};
  for (const name of attributes) {
    const value = from.getAttribute(name);
    if (value !== null && (name !== "href" || isWebAddress(value))) kept[name] = value;
  }
  if (tag === "a") Object.assign(kept, { rel: "noopener noreferrer nofollow", target: "_blank" });
  return [h(tag, kept, rebuilt(from))];
}

function isWebAddress(value: string): boolean {
  try {
    return ["http:", "https:", "mailto:", "tel:"].includes(new URL(value, location.href).protocol);
  } catch {
    return false;
  }
}

function parsed(html: string): HTMLElement {
  return new DOMParser().parseFromString(inertHtml(html), "text/html").body;
}

/** The words of a text block, for reading them aloud. A paragraph's end is a pause. */
export function wordsOfHtml(html: string): string {
  const body = parsed(html);
  for (const el of body.querySelectorAll("p, li, h2, h3, h4, br, td, th, blockquote")) el.append("\n");
  return body.textContent ?? "";
}

export const SafeHtml: FunctionalComponent<{ html: string }> = ({ html }) => rebuilt(parsed(html));
SafeHtml.props = ["html"];
