/** JSON Schema as a nested list: name, type, and what a value must obey. */

import { h } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {Record<string, any>} Schema */

/** Deeper than this stays folded until one asks. */
const OPEN_DEPTH = 1;
const NOT_BLANK = "\\S";

/** @param {Schema} doc the whole OpenAPI document, in which references point */
export function schemaView(doc) {
  /** @param {Schema} schema @returns {Schema} */
  function resolve(schema) {
    const path = schema.$ref?.split("/").slice(1);
    return path
      ? resolve(path.reduce((/** @type {any} */ at, /** @type {string} */ name) => at?.[name] ?? {}, doc))
      : schema;
  }

  /** The name people know a schema by. @param {Schema} schema @returns {string} */
  function refName(schema) {
    return schema.$ref?.split("/").pop() ?? "";
  }

  /** @param {Schema} schema @returns {string} */
  function typeName(schema) {
    const real = resolve(schema);
    const variants = real.oneOf ?? real.anyOf;
    if (variants) return variants.map(typeName).join(" | ");
    if (real.allOf && schema.$ref) return refName(schema);
    if (real.allOf) return real.allOf.map(typeName).join(" & ") + (real.nullable ? " | null" : "");
    const types = [real.type ?? (real.properties ? "object" : "any")].flat().map((type) => oneType(type, schema, real));
    return [...types, ...(real.nullable ? ["null"] : [])].join(" | ");
  }

  /** @param {string} type @param {Schema} schema @param {Schema} real */
  function oneType(type, schema, real) {
    if (type === "array") return `${typeName(real.items ?? {})}[]`;
    if (type === "object") return refName(schema) || "object";
    return real.format ? `${type} (${real.format})` : type;
  }

  /**
   * The properties below a schema, through arrays and alternatives.
   * @param {Schema} schema
   * @returns {{name: string, schema: Schema, required: boolean}[]}
   */
  function properties(schema) {
    const real = resolve(schema);
    if (real.items) return properties(real.items);
    const parts = [...(real.allOf ?? []), ...(real.oneOf ?? []), ...(real.anyOf ?? [])].flatMap(properties);
    const own = Object.entries(real.properties ?? {}).map(([name, one]) => ({
      name,
      schema: one,
      required: real.required?.includes(name) ?? false,
    }));
    return [...parts, ...own];
  }

  /**
   * @param {Schema} schema
   * @param {number} depth
   * @param {string[]} above the names of the schemas we are inside of
   * @returns {HTMLElement}
   */
  function tree(schema, depth, above) {
    const inside = [...above, innerName(schema)].filter(Boolean);
    return h("ul", { class: "schema" }, ...properties(schema).map((one) => property(one, depth, inside)));
  }

  /** @param {Schema} schema @returns {string} */
  function innerName(schema) {
    return refName(schema) || (resolve(schema).items ? innerName(resolve(schema).items) : "");
  }

  /**
   * @param {{name: string, schema: Schema, required: boolean}} one
   * @param {number} depth
   * @param {string[]} above
   * @returns {HTMLElement}
   */
  function property({ name, schema, required }, depth, above) {
    const line = row(name, schema, required);
    // A schema inside itself is named, not opened for ever.
    if (above.includes(innerName(schema)) || properties(schema).length === 0)
      return h("li", {}, h("div", { class: "line" }, ...line));
    return h(
      "li",
      {},
      h(
        "details",
        { open: depth < OPEN_DEPTH },
        h("summary", { class: "line" }, ...line),
        tree(schema, depth + 1, above),
      ),
    );
  }

  /** @param {string} name @param {Schema} schema @param {boolean} required */
  function row(name, schema, required) {
    const real = resolve(schema);
    return [
      h("code", { class: "name" }, name),
      h("span", { class: "type" }, typeName(schema)),
      required && h("span", { class: "required" }, t("docs.required")),
      ...rules(real).map((rule) => h("span", { class: "rule" }, rule)),
      real.description && h("span", { class: "about" }, real.description),
    ];
  }

  return {
    row,
    /** A body: its name, and everything in it. @param {Schema} schema */
    whole(schema) {
      const rest = rules(resolve(schema));
      return h(
        "div",
        { class: "body" },
        h(
          "p",
          { class: "line" },
          h("span", { class: "type" }, typeName(schema)),
          ...rest.map((rule) => h("span", { class: "rule" }, rule)),
        ),
        tree(schema, 0, []),
      );
    },
  };
}

/** What a value must obey, in words. @param {Schema} schema @returns {string[]} */
function rules(schema) {
  const values = schema.enum ?? (schema.const === undefined ? null : [schema.const]);
  /** @type {[string, unknown, unknown][]} */
  const ranges = [
    ["docs.length", schema.minLength, schema.maxLength],
    ["docs.items", schema.minItems, schema.maxItems],
    ["docs.range", schema.minimum, schema.maximum],
  ];
  return [
    values && t("docs.oneOf", { values: values.map(String).join("、") }),
    ...ranges.map(([key, min, max]) => range(min, max) && t(key, { range: range(min, max) })),
    schema.pattern === NOT_BLANK ? t("docs.notBlank") : schema.pattern && t("docs.pattern", { value: schema.pattern }),
    schema.default !== undefined &&
      schema.default !== null &&
      t("docs.default", { value: JSON.stringify(schema.default) }),
  ].filter(Boolean);
}

/** @param {any} min @param {any} max */
function range(min, max) {
  if (min !== undefined && max !== undefined) return t("docs.between", { min, max });
  if (min !== undefined) return t("docs.from", { min });
  return max === undefined ? "" : t("docs.to", { max });
}
