import type { RouteRecordRaw } from "vue-router";

export default [{ path: "/moderation/:id?", component: () => import("./ModerationPage.vue"), props: true }] as RouteRecordRaw[];
