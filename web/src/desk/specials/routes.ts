import type { RouteRecordRaw } from "vue-router";

// One route, so that the list stays where it is whatever is done beside it.
export default [
  {
    path: "/specials/:id?/:mode(edit)?",
    component: () => import("./SpecialsPage.vue"),
    props: ({ params: { id, mode } }) => (id === "new" ? { mode: "new" } : { id: id || undefined, mode: mode || "read" }),
  },
] as RouteRecordRaw[];
