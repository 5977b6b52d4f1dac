import type { RouteRecordRaw } from "vue-router";

const tab = "services";

const routes: RouteRecordRaw[] = [
  {
    path: "/services",
    component: () => import("./ServicesHome.vue"),
    meta: { tab, root: true, title: "tab.services" },
  },
  {
    path: "/services/catalogue",
    component: () => import("./CatalogueList.vue"),
    meta: { tab, title: "catalogue.title" },
  },
  { path: "/services/items/:id", component: () => import("./CatalogueItem.vue"), meta: { tab, title: "catalogue.title" } },
  { path: "/services/new/:service?", component: () => import("./FileRequest.vue"), meta: { tab, title: "form.heading" } },
  { path: "/services/mine", component: () => import("./MyRequests.vue"), meta: { tab, title: "service.mine" } },
  { path: "/services/requests/:id", component: () => import("./RequestPage.vue"), meta: { tab, title: "service.mine" } },
  { path: "/services/cases", component: () => import("./PublicCases.vue"), meta: { tab, title: "case.title" } },
  { path: "/services/cases/:id", component: () => import("./PublicCase.vue"), meta: { tab, title: "case.title" } },
];

export default routes;
