/** States and kinds of planning and interview as the newsroom says them (docs/newsroom.md, docs/glossary.md). */

import type { Schemas } from "@/api/client";

import type { Option } from "../parts/ask";

type Of<T extends string> = Record<T, string>;

export const LEAD_STATES: Of<Schemas["Lead"]["state"]> = {
  new: "待核实",
  verified: "已核实",
  rejected: "已否决",
  merged: "已合并",
  converted: "已转选题",
};
export const LEAD_SOURCES: Of<Schemas["Lead"]["source"]> = {
  hotline: "热线",
  app_report: "市民诉求",
  tip: "市民报料",
  opinion: "舆情监测",
  dept: "部门通报",
  superior: "上级交办",
  reporter: "记者自采",
};
export const TIP_STATES: Of<Schemas["DeskTip"]["state"]> = {
  received: "待处理",
  taken: "已采用",
  published: "已见报",
  closed: "未采用",
  withdrawn: "已撤回",
};
/** As the person who sent it reads them. */
export const TIP_REASONS: Of<Schemas["TipCloseForm"]["reason"]> = {
  not_news: "不属于新闻报道的范围",
  known: "已有报道，或已在跟进同一件事",
  unverified: "经核实，情况不符或无法证实",
  not_ours: "不在本区，或应由其他部门处理",
  unsuitable: "内容不适合公开报道",
};
export const TIP_STEPS: Record<string, string> = {
  filed: "市民报料",
  taken: "编辑部采用",
  asked: "编辑部提问",
  answered: "市民补充",
  published: "报道刊发",
  unpublished: "报道撤下",
  closed: "没有采用",
  withdrawn: "市民撤回",
};
export const TOPIC_STATES: Of<Schemas["Topic"]["state"]> = {
  draft: "草稿",
  submitted: "待审批",
  approved: "已通过",
  returned: "已退回",
  rejected: "未通过",
  dispatched: "已下发",
  postponed: "已延期",
  closed: "已结束",
  cancelled: "已取消",
};
export const CLASSES: Of<Schemas["Topic"]["class"]> = {
  livelihood: "民生",
  time_political: "时政",
  emergency: "突发",
  feature: "专题",
  notice: "公告",
  official_notice: "官方通告",
};
export const TARGETS: Record<string, string> = { app: "客户端", wechat: "微信", weibo: "微博", newspaper: "报纸", tv: "电视" };
export const COVERAGE_KINDS: Record<string, string> = {
  text: "文字",
  photo: "图片",
  video: "视频",
  audio: "音频",
  live: "直播",
  graphic: "图表",
};
export const DESKS: Record<string, string> = {
  reporters: "采访",
  planning: "策划",
  editing: "编辑",
  newmedia: "新媒体",
  newspaper: "报纸",
  tv: "广播电视",
  command: "指挥调度",
};
export const VERDICTS: Of<Schemas["MeetingDecision"]["verdict"]> = { approve: "通过", return: "退回", reject: "否决" };
export const ASSIGNMENT_STATES: Of<Schemas["Assignment"]["state"]> = {
  draft: "待派发",
  dispatched: "等记者答复",
  accepted: "已接受",
  declined: "已谢绝",
  no_answer: "无应答",
  on_site: "已到现场",
  filed: "已交稿",
  done: "已完成",
  reassigned: "已改派",
  cancelled: "已取消",
};
export const MATERIAL_STATES: Of<Schemas["Material"]["state"]> = {
  uploaded: "待技审",
  checked: "已技审，待放行",
  usable: "可用",
  restricted: "限用",
  rejected: "不用",
};
export const LICENCES: Of<Schemas["MaterialRights"]["licence"]> = {
  own: "本中心拍摄",
  licensed: "已获授权",
  agency: "通讯社供稿",
  public_domain: "公有领域",
  cc_by: "知识共享（署名）",
  user_submitted: "市民提供",
};
export const SUBJECTS: Of<Schemas["Material"]["subjects"]> = { none: "都没有", minor: "有未成年人", victim: "有受害人" };

export function optionsOf(words: Record<string, string>): Option[] {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}

export function list(ids: readonly string[], words: Record<string, string>): string {
  return ids.map((id) => words[id] ?? id).join("、");
}

type Tag = "primary" | "success" | "warning" | "danger" | "info";
const TAGS: Record<string, Tag> = {
  ...{ new: "warning", received: "warning", submitted: "warning", dispatched: "primary", uploaded: "warning" },
  ...{ verified: "success", approved: "success", accepted: "primary", on_site: "primary", filed: "success", usable: "success" },
  ...{ returned: "danger", declined: "danger", no_answer: "danger", restricted: "danger", checked: "primary", taken: "success" },
};

/** The colour of a state: what waits for somebody is warm, what went wrong red, what is over grey. */
export function tagOf(state: string): Tag {
  return TAGS[state] ?? "info";
}
