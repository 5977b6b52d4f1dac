/** Addresses after the hash: `#/<desk>/<id>`. Each desk brings its own routes. */

import { createRouter, createWebHashHistory, type RouteRecordRaw } from "vue-router";

import { desks } from "./desks";

declare module "vue-router" {
  interface RouteMeta {
    desk?: string;
    title?: string;
    /** The page has the whole screen, without the bar and the way to other desks. */
    bare?: boolean;
  }
}

const routes: RouteRecordRaw[] = desks.flatMap(({ id, name, routes }) =>
  routes.map((route) => ({ ...route, meta: { desk: id, title: name, ...route.meta } })),
);

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: "/", component: () => import("./HomePage.vue") },
    ...routes,
    { path: "/:missing(.*)*", component: () => import("./MissingPage.vue"), meta: { title: "没有这个页面" } },
  ],
});

router.afterEach(({ meta }) => {
  document.title = meta.title ? `${meta.title} · 融汇工作台` : "融汇工作台";
});
