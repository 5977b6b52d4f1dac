import type { RouteRecordRaw } from "vue-router";

import { can } from "../rights";

type Params = { id?: string; mode?: string };
const props = ({ params }: { params: Params }): object => (params.id === "new" ? { mode: "new" } : { id: params.id || undefined, mode: params.mode || "read" });

export default [
  {
    path: "/community",
    component: () => import("./CommunityFrame.vue"),
    children: [
      // An office's clerk makes gatherings and no polls.
      { path: "", redirect: () => (can("poll.write") ? "/community/polls" : "/community/gatherings") },
      { path: "polls/:id?/:mode(edit)?", component: () => import("./PollsPage.vue"), props },
      { path: "gatherings/:id?/:mode(edit)?", component: () => import("./GatheringsPage.vue"), props },
    ],
  },
] as RouteRecordRaw[];
