/**
 * Showing the HTML of text blocks.
 *
 * The server has cleaned it already. It is still only parsed into an inert document and copied element by element
 * from a short list, so that a mistake there cannot become a script here.
 */

/** Tags that may appear, with the attributes that may stay on them. @type {Record<string, string[]>} */
const ALLOWED = {
  p: [],
  br: [],
  strong: [],
  b: [],
  em: [],
  i: [],
  u: [],
  s: [],
  sub: [],
  sup: [],
  h2: [],
  h3: [],
  h4: [],
  ul: [],
  ol: [],
  li: [],
  blockquote: [],
  code: [],
  pre: [],
  hr: [],
  a: ["href"],
  abbr: ["title"],
  table: [],
  caption: [],
  thead: [],
  tbody: [],
  tr: [],
  th: ["colspan", "rowspan", "scope"],
  td: ["colspan", "rowspan"],
};

const DROPPED_WHOLE = new Set(["script", "style", "template", "iframe", "object", "noscript", "svg", "math"]);

// Under require-trusted-types-for the parser takes nothing but the product of this one named policy.
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("ronghui-blocks", {
  createHTML: (/** @type {string} */ html) => html,
});

/** @param {string} html @returns {DocumentFragment} */
export function safeHtml(html) {
  const inert = new DOMParser().parseFromString(policy ? policy.createHTML(html) : html, "text/html");
  const out = document.createDocumentFragment();
  copy(inert.body, out);
  return out;
}

/** @param {Node} from @param {Node} to */
function copy(from, to) {
  for (const node of from.childNodes) {
    if (node instanceof Text) to.appendChild(document.createTextNode(node.data));
    else if (node instanceof Element) copyElement(node, to);
  }
}

/** @param {Element} from @param {Node} to */
function copyElement(from, to) {
  const tag = from.localName;
  if (DROPPED_WHOLE.has(tag)) return;
  if (!Object.hasOwn(ALLOWED, tag)) {
    copy(from, to); // An unknown wrapper goes, its words stay.
    return;
  }
  const el = document.createElement(tag);
  for (const name of ALLOWED[tag]) {
    const value = from.getAttribute(name);
    if (value !== null && (name !== "href" || isWebAddress(value))) el.setAttribute(name, value);
  }
  if (el instanceof HTMLAnchorElement) {
    el.rel = "noopener noreferrer nofollow";
    el.target = "_blank";
  }
  to.appendChild(el);
  copy(from, el);
}

/** @param {string} value */
function isWebAddress(value) {
  try {
    return ["http:", "https:", "mailto:", "tel:"].includes(new URL(value, location.href).protocol);
  } catch {
    return false;
  }
}
