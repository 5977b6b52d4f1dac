/** CAP's closed lists (OASIS CAP 1.2, 3.2) as they are said here. The first of each is the gravest. */

import type { Schemas } from "@/api/client";

export type Message = Schemas["CapMessage"];
export type Info = Schemas["AlertInfo"];

export const STATES: Record<string, string> = { draft: "草稿", issued: "已发出", discarded: "已作废" };
export const TYPES: Record<string, string> = { Alert: "发布", Update: "更新", Cancel: "解除" };
export const STATUSES: Record<string, string> = { Actual: "实发", Exercise: "演练", System: "系统消息", Test: "测试", Draft: "样稿" };
export const URGENCIES: Record<string, string> = { Immediate: "立即行动", Expected: "一小时内行动", Future: "近期行动", Past: "已不需要行动", Unknown: "不明" };
export const SEVERITIES: Record<string, string> = { Extreme: "极其严重（红）", Severe: "严重（橙）", Moderate: "较重（黄）", Minor: "轻微（蓝）", Unknown: "不明" };
export const CERTAINTIES: Record<string, string> = { Observed: "已经发生", Likely: "很可能（过半）", Possible: "可能（不到一半）", Unlikely: "不大可能", Unknown: "不明" };
export const CATEGORIES: Record<string, string> = {
  Met: "气象", Geo: "地质", Safety: "公共安全", Security: "治安", Rescue: "救援", Fire: "火灾", Health: "卫生健康", Env: "环境", Transport: "交通", Infra: "基础设施", CBRNE: "核生化爆", Other: "其他",
};
export const RESPONSES: Record<string, string> = {
  Shelter: "就地避险", Evacuate: "转移", Prepare: "做好准备", Execute: "按预案行动", Avoid: "避开", Monitor: "留意消息", Assess: "自行评估", AllClear: "危险已过", None: "不必行动",
};

export function infoOf({ info }: Pick<Message, "info">): Info | undefined {
  return info.find(({ language }) => language === "zh-CN") ?? info[0];
}

export function titleOf(message: Message): string {
  return infoOf(message)?.headline || `${TYPES[message.msgType] ?? message.msgType}预警`;
}

/** A moment as CAP wants it: whole seconds, the district's zone as a number (section 3.3.2). */
export function capTime(at: Date): string {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" }).format(at);
  return `${parts.replace(" ", "T")}+08:00`;
}

export interface Corner {
  lat: number;
  lon: number;
}

/** "lat,lon lat,lon …" as points; what is no number is left out. */
export function pointsOf(text: string): Corner[] {
  return text
    .trim()
    .split(/\s+/)
    .map((point) => point.split(",").map(Number))
    .map(([lat = NaN, lon = NaN]) => ({ lat, lon }))
    .filter(({ lat, lon }) => Number.isFinite(lat) && Number.isFinite(lon));
}

/** "lat,lon radius" with kilometres. */
export function circleOf(text: string): (Corner & { radiusM: number }) | undefined {
  const [middle = "", radius = ""] = text.trim().split(/\s+/);
  const [point] = pointsOf(middle);
  return point && Number(radius) > 0 ? { ...point, radiusM: Number(radius) * 1000 } : undefined;
}

/** What the areas of a message mark on the map. */
export function marksOf(info: Info | undefined) {
  const areas = info?.area ?? [];
  return {
    towns: areas.flatMap(({ geocode }) => geocode.filter(({ valueName }) => valueName === "town").map(({ value }) => value)),
    polygons: areas.flatMap(({ polygon }) => polygon.map(pointsOf)),
    circles: areas.flatMap(({ circle }) => circle.flatMap((text) => circleOf(text) ?? [])),
  };
}
