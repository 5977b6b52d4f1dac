import type { RouteRecordRaw } from "vue-router";

export default [
  { path: "/kitchen", component: () => import("./KitchenPage.vue") },
  { path: "/kitchen/duty", component: () => import("./DutyPage.vue"), meta: { title: "交接班" } },
  { path: "/kitchen/wall", component: () => import("./WallPage.vue"), meta: { title: "指挥大屏", bare: true } },
] as RouteRecordRaw[];
