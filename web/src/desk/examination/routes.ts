import type { RouteRecordRaw } from "vue-router";

export default [{ path: "/examination/:id?", component: () => import("./ExaminationPage.vue"), props: true }] as RouteRecordRaw[];
