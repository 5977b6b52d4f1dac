/** The desks, in the order of the side bar: what each is called, who may enter, and where its pages are. */

import type { RouteRecordRaw } from "vue-router";

import moderation from "./moderation/routes";
import planning from "./planning/routes";
import reporter from "./reporter/routes";

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
    id: "planning",
    name: "策划",
    about: "线索和报料，选题，派任务，报题会",
    group: "编辑部",
    needs: ["lead.write", "topic.propose"],
    routes: planning,
  },
  {
    id: "reporter",
    name: "采访",
    about: "派给我的任务：答复、到场、传素材、写稿、交稿",
    group: "编辑部",
    needs: ["assignment.work"],
    routes: reporter,
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
