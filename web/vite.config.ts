import { resolve } from "node:path";

import vue from "@vitejs/plugin-vue";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { ICONS } from "./src/app/icons";
import { zh as shell } from "./src/i18n/app";
import { zh as news } from "./src/i18n/news";

/** Where the server of a developer listens; each worktree has its own. */
const api = `127.0.0.1:${process.env.PORT_API ?? "8000"}`;

type Look = (id: string) => { importedIds: readonly string[] } | null;
let first: Set<string> | undefined;

/** Whether the page's own script needs a module before anybody has gone anywhere. */
function isFirst(id: string, look: Look): boolean {
  if (!first) {
    first = new Set([resolve("src/main.ts")]);
    for (const one of first) for (const imported of look(one)?.importedIds ?? []) first.add(imported);
  }
  return first.has(id);
}

/** The house draws the front page too (api/first_html.py): with the app's own drawings and words, not with copies. */
const forTheHouse: Plugin = {
  name: "for-the-house",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "first.json", source: JSON.stringify({ icons: ICONS, words: { ...shell, ...news } }) });
  },
};

// What is built lies among the other static files and is served as they are.
export default defineConfig({
  base: "/static/app/",
  plugins: [vue(), forTheHouse],
  resolve: { tsconfigPaths: true },
  define: { __APP__: '"ronghui"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: "static/app",
    emptyOutDir: true,
    target: "es2022",
    // Inlined pictures and scripts would break the page's Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: "index.html", boot: "src/boot.ts", sw: "src/worker/sw.ts" },
      output: {
        entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        // What the first view needs is one file: a dozen small ones wait for each other on a slow line.
        codeSplitting: { groups: [{ name: (id, context) => (isFirst(id, (one) => context.getModuleInfo(one)) ? "first" : null) }] },
      },
    },
  },
  server: {
    proxy: {
      "/api": `http://${api}`,
      "/media": `http://${api}`,
      "/static/icon.svg": `http://${api}`,
      "/static/river.svg": `http://${api}`,
      "/paper": `http://${api}`,
      "/socket.io": { target: `ws://${api}`, ws: true },
    },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"], testTimeout: 60_000 },
});
