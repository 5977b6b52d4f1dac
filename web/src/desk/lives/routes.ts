import type { RouteRecordRaw } from "vue-router";

export default [
  { path: "/lives", component: () => import("./LivesPage.vue") },
  { path: "/lives/new", component: () => import("./LiveForm.vue"), meta: { title: "筹备直播" } },
  { path: "/lives/:id", component: () => import("./LiveRoom.vue"), props: true },
  { path: "/lives/:id/edit", component: () => import("./LiveForm.vue"), props: true, meta: { title: "修改直播" } },
  { path: "/lives/:id/entries/:entry/correct", component: () => import("./CorrectPage.vue"), props: true, meta: { title: "更正条目" } },
] as RouteRecordRaw[];
