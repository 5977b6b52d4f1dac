/** Puts into the page what the app has kept of its front page (app/first.ts), so that it stands before the app does. */

import type { KeptFirst } from "../app/first";

/** As in app/first.ts: the worker is built apart and shares no file with the app. */
const CACHE = "ronghui-first";
const PLACE = "/first";
const FRONT = ["", "#/", "#/news"];
/** As the page has them: web/index.html. */
const ROOT = '<html lang="zh-CN">';
const APP = '<div id="app"></div>';

export async function withFirst(address: string, shell: Response): Promise<Response> {
  // Where a browser does not tell the worker what stands behind the hash, boot.ts hides what is not asked for.
  if (!FRONT.includes(new URL(address).hash)) return shell;
  const kept = await read();
  if (!kept || (kept.until !== null && kept.until < Date.now())) return shell;
  const page = await shell.text();
  // Another version of the app may draw it otherwise.
  const fits = page.includes(`"${kept.sheet}"`);
  // By functions, as signs in the words of the news mean nothing special here.
  const text = fits ? page.replace(ROOT, () => kept.root).replace(APP, () => kept.block + APP) : page;
  const headers = new Headers(shell.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  return new Response(text, { headers });
}

async function read(): Promise<KeptFirst | null> {
  try {
    return ((await (await caches.match(PLACE, { cacheName: CACHE }))?.json()) as KeptFirst | undefined) ?? null;
  } catch {
    return null;
  }
}
