/** How the newsroom calls what a story has and does (docs/newsroom.md). */

import type { Schemas } from "@/api/client";

export type Story = Schemas["Story"];
export type Lease = Schemas["Lease"];

export const STATES: Record<string, string> = {
  draft: "草稿",
  editing: "编辑中",
  in_exam: "审核中",
  returned: "已退回",
  approved: "已签发",
  scheduled: "待刊发",
  fast_open: "快讯待签",
  live: "已刊发",
  withdrawn: "已撤稿",
  archived: "已归档",
  spiked: "已毙稿",
};

/** The colour of a state's tag: what waits for somebody stands out. */
export const TONES: Record<string, "primary" | "success" | "info" | "warning" | "danger"> = {
  draft: "info",
  editing: "primary",
  in_exam: "warning",
  returned: "danger",
  approved: "success",
  scheduled: "success",
  fast_open: "danger",
  live: "success",
  withdrawn: "info",
  archived: "info",
  spiked: "info",
};

export const CLASSES: Record<string, string> = {
  livelihood: "民生",
  time_political: "时政",
  emergency: "突发",
  feature: "专题",
  notice: "通知",
  official_notice: "权威发布",
};

export const SENSITIVITIES: Record<string, string> = { normal: "一般", strict: "敏感（六人审校）" };

export const SOURCE_KINDS: Record<string, string> = {
  official: "官方",
  document: "文件",
  interview: "采访",
  citizen: "市民",
  media: "媒体",
  expert: "专家",
};

export const TARGETS: Record<string, string> = { app: "客户端", wechat: "微信", weibo: "微博", newspaper: "报纸", tv: "电视" };

export const LEVELS: Record<string, string> = { block: "必须改", warn: "请核对", info: "提示" };

export const FIELDS: Record<string, string> = {
  headline: "标题",
  subtitle: "副题",
  summary: "摘要",
  body: "正文",
  section: "栏目",
  towns: "街镇",
  class: "类别",
  sensitivity: "敏感程度",
  sources: "消息来源",
  cover: "题图",
  byline: "署名",
  targets: "投向",
  translations: "译文",
};

/** Why there is a version of a text. */
export const REASONS: Record<string, string> = {
  created: "新建",
  edited: "修改",
  proofread: "校对改字",
  imported: "导入",
  breaking_opened: "开快讯",
  corrected: "更正",
  stale: "没存上的改动",
  take_over: "被接管时没存上的改动",
};

export const OPS: Record<string, string> = { add: "加了", remove: "删了", change: "改了", move: "换了次序" };

/** States in which a story is on somebody's table. */
export const IN_HAND = ["draft", "editing", "returned", "fast_open"];

export function options(words: Record<string, string>): { value: string; label: string }[] {
  return Object.entries(words).map(([value, label]) => ({ value, label }));
}
