import type { RouteRecordRaw } from "vue-router";

export default [
  { path: "/reporter/:id?", component: () => import("./ReporterPage.vue"), props: true },
  { path: "/reporter/:id/write", component: () => import("./WritePage.vue"), props: true, meta: { title: "写稿" } },
] as RouteRecordRaw[];
