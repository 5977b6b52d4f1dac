/** What the 12345 line calls states, steps, holders and limits (docs/requests.md), as the house says it. */

import { catalog } from "@/app/catalog";

import type { Schemas } from "@/api/client";

export type Case = Schemas["DeskRequest"];
export type Clock = Case["clocks"][number];
export type Step = Case["timeline"][number];

export const STATES: Record<string, string> = {
  filed: "待受理",
  accepted: "待派单",
  assigned: "待签收",
  in_progress: "办理中",
  replied: "已答复",
  closed: "已办结",
  declined: "不予受理",
};

export const KINDS: Record<string, string> = { consult: "咨询", help: "求助", complaint: "投诉" };
export const URGENCY: Record<string, string> = { normal: "一般", urgent: "紧急", emergency: "特急" };
export const CONSENTS: Record<string, string> = { phone: "电话里同意", in_person: "当面同意", written: "书面同意" };
export const CALLBACKS: Record<string, string> = {
  confirmed: "市民认可，办结",
  disputed: "市民不认可，退回重办",
  unreachable: "联系不上，办结",
};
export const REVIEWS: Record<string, string> = { upheld: "维持原来的办理结果", redo: "退回重办" };
export const CLOSINGS: Record<string, string> = {
  citizen: "市民本人确认解决",
  callback: "回访时市民认可",
  unreachable: "回访联系不上",
  office: "承办单位办结，市民尚未确认",
};
export const CLOCKS: Record<string, string> = { answer: "答复", take: "签收", supervise: "督办", review: "低分核查" };

const ACTIONS: Record<string, string> = {
  file: "提交",
  accept: "受理",
  decline: "不予受理",
  answer: "直接答复",
  assign: "派单",
  decide: "裁定承办单位",
  take: "签收",
  return: "退单",
  reply: "答复",
  resolve: "办结",
  ask: "请市民补充",
  extend: "延期",
  complex: "按疑难件办理",
  join: "协办",
  note: "内部记录",
  supervise: "督办",
  urgency: "调整紧急程度",
  merge: "并案",
  confirm: "市民确认解决",
  rate: "市民评价",
  reopen: "市民要求重办",
  callback: "回访办结",
  callback_due: "进入回访",
  redo: "退回重办",
  review: "低分核查完毕",
  redate: "期限重新核定",
};

export function stepName({ action, office }: Step): string {
  if (action === "message") return office ? "告知市民进展" : "市民补充";
  return ACTIONS[action] ?? action;
}

const HOLDERS: Record<string, string> = { desk: "受理台", citizen: "市民", supervisor: "督办专员", archive: "已归档" };

/** `office:<id>` is the office by its name. */
export function holderName(holder: string): string {
  return HOLDERS[holder] ?? officeName(holder.replace(/^office:/, ""));
}

export function officeName(id: string): string {
  return catalog.offices.find((one) => one.id === id)?.name ?? "承办单位";
}

export function townName(id: string | null): string {
  return catalog.towns.find((one) => one.id === id)?.name ?? "";
}

export function limitWords({ limit, unit }: Clock): string {
  return unit === "office_hour" ? `${limit} 个工作小时` : `${limit} 个工作日`;
}

export function lasted(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return "不到 1 分钟";
  if (minutes < 60) return `${minutes} 分钟`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} 小时 ${minutes % 60} 分` : `${hours} 小时`;
  return `${Math.floor(hours / 24)} 天 ${hours % 24} 小时`;
}
