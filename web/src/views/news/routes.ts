import type { RouteRecordRaw } from "vue-router";

// What most open first comes with the app itself: one way there and back less.
import FeedView from "./FeedView.vue";

const routes: RouteRecordRaw[] = [
  { path: "/news", component: FeedView, meta: { tab: "news", root: true, title: "tab.news" } },
  { path: "/news/search", component: () => import("./SearchView.vue"), meta: { tab: "news", title: "search.title" } },
  { path: "/news/paper", component: () => import("./PaperView.vue"), meta: { tab: "news", title: "paper.title" } },
  { path: "/news/bookmarks", component: () => import("./BookmarksView.vue"), meta: { tab: "news", title: "bookmarks.title" } },
  { path: "/news/history", component: () => import("./HistoryView.vue"), meta: { tab: "news", title: "history.title" } },
  { path: "/news/live/:id", component: () => import("./LiveView.vue"), props: true, meta: { tab: "news", title: "live.title" } },
  {
    path: "/news/special/:id",
    component: () => import("./SpecialView.vue"),
    props: true,
    meta: { tab: "news", title: "special.title" },
  },
  { path: "/news/:id", component: () => import("./ArticleView.vue"), props: true, meta: { tab: "news", title: "article.title" } },
];

export default routes;
