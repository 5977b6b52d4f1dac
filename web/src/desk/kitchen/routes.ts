import type { RouteRecordRaw } from "vue-router";

export default [
  {
    path: "/kitchen",
    children: [
      { path: "", component: () => import("./KitchenPage.vue") },
      { path: "duty", component: () => import("./DutyPage.vue"), meta: { title: "值班与交接班" } },
      { path: "wall", component: () => import("./WallPage.vue"), meta: { title: "指挥大屏", bare: true } },
    ],
  },
] as RouteRecordRaw[];
