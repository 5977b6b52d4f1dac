import type { RouteRecordRaw } from "vue-router";

export default [
  { path: "/stories", component: () => import("./StoriesPage.vue") },
  { path: "/stories/breaking", component: () => import("./BreakingPage.vue"), meta: { title: "快讯" } },
  { path: "/stories/:id", component: () => import("./StoryPage.vue"), props: true },
  { path: "/stories/:id/package", component: () => import("./package/PackagePage.vue"), props: true, meta: { title: "产品包" } },
] as RouteRecordRaw[];
