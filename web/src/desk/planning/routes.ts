import type { RouteRecordRaw } from "vue-router";

export default [
  {
    path: "/planning",
    component: () => import("./PlanningFrame.vue"),
    children: [
      { path: "", redirect: "/planning/leads" },
      { path: "leads/:id?", component: () => import("./LeadsPage.vue"), props: true },
      { path: "tips/:id?", component: () => import("./TipsPage.vue"), props: true },
      { path: "topics/:id?", component: () => import("./TopicsPage.vue"), props: true },
      { path: "assignments/:id?", component: () => import("./AssignmentsPage.vue"), props: true },
      { path: "meetings/:id?", component: () => import("./MeetingsPage.vue"), props: true },
      { path: "calendar", component: () => import("./CalendarPage.vue") },
    ],
  },
] as RouteRecordRaw[];
