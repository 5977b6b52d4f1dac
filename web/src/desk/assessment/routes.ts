import type { RouteRecordRaw } from "vue-router";

export default [
  {
    path: "/assessment/:shelf(mine|people|desks|appeals|periods|rules)?/:id?",
    component: () => import("./AssessmentPage.vue"),
    props: ({ params, query }) => ({
      shelf: params["shelf"] || "mine",
      ...(params["id"] ? { id: params["id"] } : {}),
      ...(query["period"] ? { period: query["period"] } : {}),
    }),
  },
] as RouteRecordRaw[];
