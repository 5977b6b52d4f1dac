import type { RouteRecordRaw } from "vue-router";

// One route, so that the side bar knows the desk as open whatever is done on it.
export default [
  {
    path: "/alerts/:id?/:mode(edit|update|cancel)?",
    component: () => import("./AlertsPage.vue"),
    props: ({ params: { id, mode } }) => (id === "new" ? { mode: "new" } : { id: id || undefined, mode: mode || "read" }),
  },
] as RouteRecordRaw[];
