// Writes the types of what travels: src/api/openapi.d.ts from the OpenAPI document, src/sync/messages.d.ts from
// docs/asyncapi.yaml. Neither is kept in git. Argument: the file that holds the OpenAPI document.
import { mkdir, readFile, writeFile } from "node:fs/promises";

import { compile } from "json-schema-to-typescript";
import openapiTS, { astToString } from "openapi-typescript";
import { load } from "js-yaml";

const [, , document] = process.argv;
const root = new URL("../", import.meta.url);
const asyncapi = load(await readFile(new URL("../docs/asyncapi.yaml", root), "utf8"));

/** References inside the document, as a JSON Schema with its definitions beside it has them. */
const text = JSON.stringify(asyncapi.components.schemas).replaceAll("#/components/schemas/", "#/$defs/");
const defs = JSON.parse(text);
const all = {
  type: "object",
  properties: Object.fromEntries(Object.keys(defs).map((name) => [name, { $ref: `#/$defs/${name}` }])),
  $defs: defs,
  additionalProperties: false,
};
const messages = await compile(all, "Messages", { bannerComment: "", additionalProperties: true, format: false });
for (const folder of ["src/api/", "src/sync/"]) await mkdir(new URL(folder, root), { recursive: true });
await writeFile(new URL("src/sync/messages.d.ts", root), messages);
const api = await openapiTS(JSON.parse(await readFile(document, "utf8")));
await writeFile(new URL("src/api/openapi.d.ts", root), astToString(api));
