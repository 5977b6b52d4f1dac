import type { RouteRecordRaw } from "vue-router";

export default [
  { path: "/publishing", redirect: "/publishing/queue" },
  {
    path: "/publishing/:shelf(ready|queue|channels|cases|papers|rundowns)/:id?",
    component: () => import("./PublishingPage.vue"),
    props: true,
  },
] as RouteRecordRaw[];
