import type { RouteRecordRaw } from "vue-router";

export default [{ path: "/audit", component: () => import("./AuditPage.vue") }] as RouteRecordRaw[];
