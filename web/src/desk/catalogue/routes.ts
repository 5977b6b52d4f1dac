import type { RouteRecordRaw } from "vue-router";

type Params = { id?: string; mode?: string };
const of =
  (kind: "item" | "window") =>
  ({ params }: { params: Params }): object => ({ kind, ...(params.id === "new" ? { mode: "new" } : { id: params.id || undefined, mode: params.mode || "read" }) });

export default [
  {
    path: "/catalogue",
    component: () => import("./CatalogueFrame.vue"),
    children: [
      { path: "", redirect: "/catalogue/items" },
      { path: "items/:id?/:mode(edit)?", component: () => import("./EntriesPage.vue"), props: of("item") },
      { path: "windows/:id?/:mode(edit)?", component: () => import("./EntriesPage.vue"), props: of("window") },
    ],
  },
] as RouteRecordRaw[];
