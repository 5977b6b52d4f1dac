import type { RouteRecordRaw } from "vue-router";

export default [
  {
    path: "/monitoring/:shelf(alerts|opinions|rules|places|hits|posts|suspects|watches|latencies)?/:id?",
    component: () => import("./MonitoringPage.vue"),
    props: ({ params }) => ({ shelf: params["shelf"] || "alerts", ...(params["id"] ? { id: params["id"] } : {}) }),
  },
] as RouteRecordRaw[];
