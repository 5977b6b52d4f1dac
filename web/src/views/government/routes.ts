import type { RouteRecordRaw } from "vue-router";

const routes: RouteRecordRaw[] = [
  {
    path: "/notices",
    component: () => import("./NoticesView.vue"),
    meta: { tab: "notices", root: true, title: "tab.notices" },
  },
  { path: "/notices/alerts", component: () => import("./AlertsView.vue"), meta: { tab: "notices", title: "alert.title" } },
  {
    path: "/notices/alerts/:id",
    component: () => import("./AlertView.vue"),
    props: true,
    meta: { tab: "notices", title: "alert.title" },
  },
  { path: "/notices/works", component: () => import("./WorksView.vue"), meta: { tab: "notices", title: "work.title" } },
  {
    path: "/notices/works/:id",
    component: () => import("./WorkView.vue"),
    props: true,
    meta: { tab: "notices", title: "work.title" },
  },
  {
    path: "/notices/:id",
    component: () => import("./NoticeView.vue"),
    props: true,
    meta: { tab: "notices", title: "tab.notices" },
  },
];

export default routes;
