import { resolve } from "node:path";

import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// The desks are an app of their own: a citizen's phone never loads a byte of them.
export default defineConfig({
  base: "/static/desk/",
  publicDir: false,
  plugins: [vue()],
  resolve: { alias: { "@": resolve("src") } },
  define: { __APP__: '"ronghui-desk"', __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: "static/desk",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: { desk: "desk.html" } },
  },
});
