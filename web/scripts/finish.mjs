// After the build: has the page paint before the app starts, tells the service worker which files the app
// consists of, and lays a compressed copy beside each, so that nobody compresses while a phone waits.
import { createHash } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import { injectManifest } from "workbox-build";

const built = new URL("../static/app/", import.meta.url).pathname;

// The app's own script is only fetched by the page. It is started by the small one of the start, once what stands on
// the page already has been painted; and nothing is painted before that one knows whether it is what is asked for.
const boot = (await readdir(`${built}assets`)).find((name) => /^boot-.*\.js$/.test(name));
const page = await readFile(`${built}index.html`, "utf8");
const start = `<script type="module" async blocking="render" src="/static/app/assets/${boot}"></script>`;
const finished = page.replace(
  /<script type="module" crossorigin src="([^"]+)"><\/script>/,
  (_, script) => `<link rel="modulepreload" crossorigin href="${script}">\n  ${start}`,
);
if (finished === page) throw new Error("the page does not start the app as it used to");
await writeFile(`${built}index.html`, finished);

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
  // The page without news in it, which would stay there for ever.
  additionalManifestEntries: [{ url: "/?shell", revision }],
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
