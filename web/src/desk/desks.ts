/** The desks, in the order of the side bar: what each is called, who may enter, and where its pages are. */

import type { RouteRecordRaw } from "vue-router";

import moderation from "./moderation/routes";
import requests from "./requests/routes";

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
    id: "moderation",
    name: "评论审核",
    about: "读者的评论，展示之前先看一遍",
    group: "编辑部",
    needs: ["community.moderate"],
    routes: moderation,
  },
  {
    id: "requests",
    name: "诉求办理",
    about: "12345 诉求：派单、办理、督办，公开件和统计",
    group: "政务与诉求",
    needs: ["request.read"],
    routes: requests,
  },
];
