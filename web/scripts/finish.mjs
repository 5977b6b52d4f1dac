// After the build: has the page ask at once for what it shows first, tells the service worker which files the app
// consists of, and lays a compressed copy beside each, so that nobody compresses while a phone waits.
import { createHash } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { injectManifest } from "workbox-build";

const built = new URL("../static/app/", import.meta.url).pathname;

// Of the start's small script only its place among the others is known here: it comes before them.
const boot = (await readdir(`${built}assets`)).find((name) => /^boot-.*\.js$/.test(name));
const page = await readFile(`${built}index.html`, "utf8");
const early = `<script type="module" async src="/static/app/assets/${boot}"></script>\n  `;
await writeFile(`${built}index.html`, page.replace("<script type=\"module\"", `${early}$&`));

const revision = createHash("sha256").update(await readFile(`${built}index.html`)).digest("hex");
const { count, size } = await injectManifest({
  swSrc: `${built}sw.js`,
  swDest: `${built}sw.js`,
  globDirectory: built,
  globPatterns: ["assets/*.{js,css,svg,woff2}"],
  // What only some readers need comes when it is first used.
  globIgnores: ["assets/hls-*"],
  modifyURLPrefix: { "": "/static/app/" },
  // Their names change with their content.
  dontCacheBustURLsMatching: /-[\w-]{8}\./,
  additionalManifestEntries: [{ url: "/", revision }],
});

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
const desk = new URL("../static/desk/", import.meta.url).pathname;
await rename(`${desk}desk.html`, `${desk}index.html`);
for (const folder of [`${built}assets/`, `${desk}assets/`]) {
  for (const name of await readdir(folder)) {
    if (!/\.(js|css|svg)$/.test(name)) continue;
    const bytes = await readFile(folder + name);
    await writeFile(`${folder}${name}.br`, await brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
    await writeFile(`${folder}${name}.gz`, await zip(bytes, { level: 9 }));
  }
}
console.log(`${count} files kept for use without a network, ${Math.round(size / 1024)} KiB`);
