import type { RouteRecordRaw } from "vue-router";

const tab = "community";

const routes: RouteRecordRaw[] = [
  {
    path: "/community",
    component: () => import("./CommunityHome.vue"),
    meta: { tab, root: true, title: "tab.community" },
  },
  { path: "/community/tips", component: () => import("./MyTips.vue"), meta: { tab, title: "tips.mine" } },
  { path: "/community/tips/new", component: () => import("./FileTip.vue"), meta: { tab, title: "tips.heading" } },
  { path: "/community/tips/:id", component: () => import("./TipPage.vue"), meta: { tab, title: "tips.mine" } },
  { path: "/community/polls/:id", component: () => import("./PollPage.vue"), meta: { tab, title: "polls.title" } },
  {
    path: "/community/gatherings/:id",
    component: () => import("./GatheringPage.vue"),
    meta: { tab, title: "gatherings.title" },
  },
];

export default routes;
