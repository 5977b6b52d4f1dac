import type { RouteRecordRaw } from "vue-router";

export default [
  { path: "/requests/twins/:id?", component: () => import("./TwinsPage.vue"), props: true },
  { path: "/requests/statistics", component: () => import("./StatisticsPage.vue") },
  { path: "/requests/workdays/:year(\\d{4})?", component: () => import("./WorkdaysPage.vue"), props: true },
  { path: "/requests/:id?", component: () => import("./RequestsPage.vue"), props: true },
] as RouteRecordRaw[];
