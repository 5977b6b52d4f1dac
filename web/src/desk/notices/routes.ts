import type { RouteRecordRaw } from "vue-router";

// One route, so that the side bar knows the desk as open whatever is done on it.
export default [
  {
    path: "/notices/:id?/:mode(edit|correct)?",
    component: () => import("./NoticesPage.vue"),
    props: ({ params: { id, mode } }) => (id === "new" ? { mode: "new" } : { id: id || undefined, mode: mode || "read" }),
  },
] as RouteRecordRaw[];
