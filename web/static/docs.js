/** The API, readable: every operation of /api/v1/openapi.json, by tag, with a search. */

import { fill, find, h } from "./js/dom.js";
import { applyLang, lang, onLang, setLang, t } from "./js/i18n.js";
import { schemaView } from "./js/schema_view.js";

const DOCUMENT = "/api/v1/openapi.json";
const METHODS = ["get", "post", "put", "patch", "delete"];

/**
 * @typedef {{id: string, method: string, path: string, tag: string, about: Record<string, any>, words: string}} Operation
 */

/** @type {Record<string, any>} */
let doc = {};
/** @type {Operation[]} */
let operations = [];
const search = find("#search", HTMLInputElement);

/** @returns {Operation[]} */
function read() {
  return Object.entries(doc.paths ?? {}).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => {
      const about = { ...item[method], parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])] };
      const tag = about.tags?.[0] ?? "";
      const words = [method, path, tag, nameOf(tag), about.summary, about.description, about["x-permission"]]
        .join(" ")
        .toLowerCase();
      return { id: `${method}-${path.replace(/[^\w]+/g, "-")}`, method, path, tag, about, words };
    }),
  );
}

function render() {
  const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const found = operations.filter(({ words }) => wanted.every((word) => words.includes(word)));
  search.placeholder = t("docs.search");
  search.setAttribute("aria-label", t("docs.search"));
  find("#start-base", HTMLElement).textContent = t("docs.start.base", { base: "/api/v1" });
  find("#example", HTMLElement).textContent = example();
  find("#count", HTMLElement).textContent = found.length ? t("docs.count", { n: found.length }) : t("docs.none");
  fill(
    find("#groups", HTMLElement),
    ...tags(found).map((tag) =>
      group(
        tag,
        found.filter((one) => one.tag === tag),
      ),
    ),
  );
  fill(
    find("#contents", HTMLElement),
    ...tags(found).map((tag) =>
      contents(
        tag,
        found.filter((one) => one.tag === tag),
      ),
    ),
  );
}

/** In the order of the document. @param {Operation[]} found */
function tags(found) {
  const named = (doc.tags ?? []).map((/** @type {{name: string}} */ tag) => tag.name);
  const used = [...new Set(found.map(({ tag }) => tag))];
  return [
    ...named.filter((/** @type {string} */ name) => used.includes(name)),
    ...used.filter((name) => !named.includes(name)),
  ];
}

/** @param {string} tag @returns {string} */
function nameOf(tag) {
  return doc.tags?.find((/** @type {{name: string}} */ one) => one.name === tag)?.description ?? tag;
}

/** @param {string} tag @param {Operation[]} members */
function group(tag, members) {
  return h("section", { class: "group", id: `tag-${tag}` }, h("h2", {}, nameOf(tag)), ...members.map(operation));
}

/** @param {string} tag @param {Operation[]} members */
function contents(tag, members) {
  const links = members.map(({ id, method, path }) => {
    const verb = h("span", { class: `method ${method}` }, method.toUpperCase());
    return h("li", {}, h("a", { href: `#${id}` }, verb, h("span", { class: "path" }, shortPath(path))));
  });
  return h("li", {}, h("a", { class: "tag-link", href: `#tag-${tag}` }, nameOf(tag)), h("ul", {}, ...links));
}

/** @param {Operation} one */
function operation(one) {
  const { id, method, path, about } = one;
  const details = h(
    "details",
    { class: "operation", id },
    h(
      "summary",
      {},
      h("span", { class: `method ${method}` }, method.toUpperCase()),
      h("code", { class: "path" }, shortPath(path)),
      h("span", { class: "summary" }, about.summary ?? ""),
    ),
  );
  // The inside is made when it is opened: most of a long document is never looked at.
  details.addEventListener("toggle", () => details.childElementCount === 1 && details.append(inside(one)));
  return details;
}

/** @param {Operation} one */
function inside({ about }) {
  const view = schemaView(doc);
  const body = about.requestBody?.content;
  const answers = Object.entries(about.responses ?? {});
  const good = answers.filter(([status]) => /^[123]/.test(status));
  const refusals = answers.filter(([status]) => /^[45]/.test(status)).map(([status]) => status);
  return h(
    "div",
    { class: "inside" },
    h(
      "p",
      { class: "access" },
      h("span", { class: "chip" }, t(isPublic(about) ? "docs.public" : "docs.signed")),
      about["x-permission"] && h("span", { class: "chip" }, t("docs.permission", { name: about["x-permission"] })),
    ),
    about.description && h("p", {}, about.description),
    about.parameters.length > 0 && part(t("docs.parameters"), parameters(about.parameters, view)),
    body && part(t("docs.body"), ...contentOf(body, view)),
    part(t("docs.responses"), ...good.map(([status, answer]) => answerOf(status, answer, view))),
    refusals.length > 0 &&
      part(t("docs.refusals"), h("p", { class: "statuses" }, ...refusals.map((status) => h("code", {}, status)))),
  );
}

/** @param {Record<string, any>} about */
function isPublic({ security = doc.security ?? [] }) {
  return security.length === 0 || security.some((/** @type {object} */ way) => Object.keys(way).length === 0);
}

/** @param {string} title @param {...Node} content */
function part(title, ...content) {
  return h("section", { class: "part" }, h("h3", {}, title), ...content);
}

/** @param {any[]} list @param {ReturnType<typeof schemaView>} view */
function parameters(list, view) {
  return h(
    "ul",
    { class: "schema" },
    ...list
      .map(referenced)
      .map((one) =>
        h(
          "li",
          {},
          h(
            "div",
            { class: "line" },
            ...view.row(one.name, one.schema ?? {}, one.required),
            h("span", { class: "place" }, t(`docs.in.${one.in}`)),
            one.description && h("span", { class: "about" }, one.description),
          ),
        ),
      ),
  );
}

/** @param {any} thing a parameter or an answer, or a reference to one */
function referenced(thing) {
  return thing.$ref
    ? thing.$ref
        .split("/")
        .slice(1)
        .reduce((/** @type {any} */ at, /** @type {string} */ name) => at[name], doc)
    : thing;
}

/** @param {string} status @param {any} answer @param {ReturnType<typeof schemaView>} view */
function answerOf(status, answer, view) {
  const { content, description } = referenced(answer);
  const shown = content ? contentOf(content, view) : [h("p", { class: "muted" }, description || t("docs.empty"))];
  return h("div", { class: "answer" }, h("code", { class: "status" }, status), h("div", {}, ...shown));
}

/** @param {Record<string, {schema?: any}>} content @param {ReturnType<typeof schemaView>} view */
function contentOf(content, view) {
  return Object.entries(content).map(([mime, { schema }]) =>
    h("div", {}, h("p", { class: "mime" }, mime), schema && view.whole(schema)),
  );
}

/** @param {string} path */
function shortPath(path) {
  return path.replace(/^\/api\/v1/, "") || path;
}

function example() {
  const base = `${location.origin}/api/v1`;
  const json = "  -H 'Content-Type: application/json' \\\n  -d";
  return [
    `curl ${base}/feed`,
    `curl ${base}/auth/codes \\\n${json} '{"phone": "13800000001"}'`,
    `curl ${base}/auth/tokens \\\n${json} '{"grant": "sms", "phone": "13800000001", "code": "…"}'`,
    `curl ${base}/me -H 'Authorization: Bearer …'`,
  ].join("\n");
}

/** Open what the address points to, and go there. */
function reveal() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

async function start() {
  applyLang();
  try {
    const answer = await fetch(DOCUMENT);
    if (!answer.ok) throw new Error(`The document answered ${answer.status}.`);
    doc = await answer.json();
  } catch (error) {
    console.error(error);
    find("#count", HTMLElement).textContent = t("docs.failed");
    return;
  }
  operations = read();
  render();
  reveal();
  search.addEventListener("input", render);
  addEventListener("hashchange", reveal);
  onLang(render);
}

find("#lang", HTMLElement).addEventListener("click", () => setLang(lang() === "en" ? "zh" : "en"));
void start();
