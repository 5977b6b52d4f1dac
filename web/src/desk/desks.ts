/** The desks, in the order of the side bar: what each is called, who may enter, and where its pages are. */

import type { RouteRecordRaw } from "vue-router";

import alerts from "./alerts/routes";
import assessment from "./assessment/routes";
import audit from "./audit/routes";
import catalogue from "./catalogue/routes";
import community from "./community/routes";
import examination from "./examination/routes";
import kitchen from "./kitchen/routes";
import lives from "./lives/routes";
import moderation from "./moderation/routes";
import monitoring from "./monitoring/routes";
import notices from "./notices/routes";
import planning from "./planning/routes";
import publishing from "./publishing/routes";
import reporter from "./reporter/routes";
import requests from "./requests/routes";
import roster from "./roster/routes";
import specials from "./specials/routes";
import stories from "./stories/routes";
import works from "./works/routes";

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
    id: "kitchen",
    name: "指挥调度",
    about: "全台现在怎么样，谁手上有什么，哪里要帮一把",
    group: "编辑部",
    needs: ["kitchen.read"],
    routes: kitchen,
  },
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
    id: "stories",
    name: "采编",
    about: "写稿、改稿、快讯，和每个渠道的那一份",
    group: "编辑部",
    needs: ["story.read"],
    routes: stories,
  },
  {
    id: "lives",
    name: "图文直播",
    about: "现场一条条写，编辑一条条播出；更正、置顶、结束",
    group: "编辑部",
    needs: ["live.write"],
    routes: lives,
  },
  {
    id: "specials",
    name: "专题",
    about: "把同一件事的稿件编在一起，分组、排次序、发布",
    group: "编辑部",
    needs: ["live.write"],
    routes: specials,
  },
  {
    id: "community",
    name: "互动",
    about: "投票和活动：起草、发布、结果和报名名单",
    group: "编辑部",
    needs: ["poll.write", "gathering.write"],
    routes: community,
  },
  {
    id: "examination",
    name: "审核",
    about: "三审三校：领取、读稿、通过或退回，终审签发",
    group: "编辑部",
    needs: ["exam.read"],
    routes: examination,
  },
  {
    id: "publishing",
    name: "刊播",
    about: "各渠道发了什么、收到没有；停发、更正和撤稿；报纸排版和串联单",
    group: "编辑部",
    needs: ["story.publish", "publication.handle", "channel.set", "channel.halt", "paper.lay_out", "rundown.write", "rundown.air"],
    routes: publishing,
  },
  {
    id: "assessment",
    name: "考核",
    about: "我的每一分怎么来的，对不对；全中心的账和规则",
    group: "编辑部",
    needs: ["assessment.read"],
    routes: assessment,
  },
  {
    id: "monitoring",
    name: "监测",
    about: "外面在说什么，发出去的怎么样了，谁来处置",
    group: "编辑部",
    needs: ["alert.work", "metric.judge"],
    routes: monitoring,
  },
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
  {
    id: "notices",
    name: "政务公开",
    about: "本单位的公告：起草、审核、发布、更正、解读",
    group: "政务与诉求",
    needs: ["notice.write"],
    routes: notices,
  },
  {
    id: "alerts",
    name: "预警发布",
    about: "突发事件预警：起草、两人发布、更新、解除",
    group: "政务与诉求",
    needs: ["warning.write"],
    routes: alerts,
  },
  {
    id: "works",
    name: "计划施工",
    about: "停水、停电、停气、修路，什么时候、在哪里",
    group: "政务与诉求",
    needs: ["work.write"],
    routes: works,
  },
  {
    id: "catalogue",
    name: "办事指南",
    about: "本单位的办事事项和窗口：起草、审核公开、修改、撤下",
    group: "政务与诉求",
    needs: ["catalogue.write"],
    routes: catalogue,
  },
  {
    id: "roster",
    name: "账号与排班",
    about: "谁在什么岗位，从什么时候到什么时候",
    group: "管理",
    needs: ["roster.edit"],
    routes: roster,
  },
  {
    id: "audit",
    name: "审计",
    about: "校验事件日志有没有被改动过",
    group: "管理",
    needs: ["log.verify"],
    routes: audit,
  },
];
