/** The desks, in the order of the side bar: what each is called, who may enter, and where its pages are. */

import type { RouteRecordRaw } from "vue-router";

import moderation from "./moderation/routes";
import stories from "./stories/routes";

export interface Desk {
  id: string;
  name: string;
  /** What is done there, in one line. */
  about: string;
  group: "编辑部" | "政务与诉求" | "管理";
  /** One of these permissions opens the door. */
  needs: string[];
  routes: RouteRecordRaw[];
}

export const desks: Desk[] = [
  {
    id: "stories",
    name: "采编",
    about: "写稿、改稿、快讯，和每个渠道的那一份",
    group: "编辑部",
    needs: ["story.read"],
    routes: stories,
  },
  {
    id: "moderation",
    name: "评论审核",
    about: "读者的评论，展示之前先看一遍",
    group: "编辑部",
    needs: ["community.moderate"],
    routes: moderation,
  },
];
