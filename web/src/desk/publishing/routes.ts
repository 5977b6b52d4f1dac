import type { RouteRecordRaw } from "vue-router";

export default [
  {
    path: "/publishing/:shelf(ready|queue|channels|cases|papers|rundowns)?/:id?",
    component: () => import("./PublishingPage.vue"),
    props: ({ params }) => ({ shelf: params["shelf"] || "queue", ...(params["id"] ? { id: params["id"] } : {}) }),
  },
] as RouteRecordRaw[];
