import type { RouteRecordRaw } from "vue-router";

export default [{ path: "/roster/:id?", component: () => import("./RosterPage.vue"), props: true }] as RouteRecordRaw[];
