/** What monitoring sees, as the newsroom says it (docs/monitoring.md). */

import type { Schemas } from "@/api/client";

type TagType = "success" | "warning" | "danger" | "info" | "primary";

export const ALERT_TAGS: Record<Schemas["Alert"]["state"], TagType> = {
  new: "danger",
  triaged: "warning",
  assigned: "warning",
  handled: "success",
  closed: "info",
  false_alarm: "info",
};
export const STANCES: Record<Schemas["OpinionItem"]["stance"], string> = { positive: "正面", neutral: "中性", negative: "负面" };
export const STANCE_TAGS: Record<Schemas["OpinionItem"]["stance"], TagType> = { positive: "success", neutral: "info", negative: "danger" };
export const LEVELS: Record<Schemas["Alert"]["level"], string> = { normal: "一般", urgent: "紧急" };
export const HIT_TAGS: Record<Schemas["ScanHit"]["state"], TagType> = { open: "danger", dismissed: "info", corrected: "success" };
export const SUSPECT_TAGS: Record<Schemas["MetricSuspect"]["state"], TagType> = { open: "warning", cleared: "success", confirmed: "danger" };
export const OUTCOMES: Record<Schemas["Watch"]["outcome"], string> = {
  ok: "与签发的一致",
  drift: "文字不一样",
  gone: "找不到了",
  unreadable: "读不到",
  stopped: "已停止复读",
  pending: "未到时间",
};
export const OUTCOME_TAGS: Record<Schemas["Watch"]["outcome"], TagType> = {
  ok: "success",
  drift: "danger",
  gone: "danger",
  unreadable: "warning",
  stopped: "info",
  pending: "info",
};
export const LOOKS: Record<Schemas["Watch"]["step"], string> = { "1m": "1 分钟后", "10m": "10 分钟后", "1h": "1 小时后", "24h": "24 小时后" };
export const METRICS: Record<string, string> = { read: "阅读", like: "点赞", comment: "评论", share: "转发", complete: "看完" };

/** Why a rule took an item in, in a sentence that can be checked against the item. */
export function whyOf({ words, places, stance, heat, growth }: Schemas["Why"]): string {
  const rise = growth as Schemas["GrowthFound"] | null;
  return [
    `出现“${words.join("”“")}”`,
    places.length ? `提到${places.map(({ name }) => name).join("、")}` : "",
    `${STANCES[stance as keyof typeof STANCES] ?? stance}`,
    `热度 ${heat}`,
    rise ? `${rise.minutes} 分钟内从 ${rise.from} 升到 ${rise.to}` : "",
  ].filter(Boolean).join("，");
}

/** A rule as a sentence. */
export function ruleWords(rule: Schemas["RuleContent"], townOf: (id: string) => string): string {
  const growth = rule.growth as Schemas["Growth"] | null;
  const where = [...rule.towns.map(townOf), ...rule.places];
  return [
    rule.words.length ? `出现“${rule.words.join("”或“")}”` : "",
    rule.all_words.length ? `同时出现“${rule.all_words.join("”“")}”` : "",
    rule.not_words.length ? `不含“${rule.not_words.join("”“")}”` : "",
    where.length ? `提到${where.join("、")}之一` : rule.where === "district" ? "提到本区地名" : "",
    rule.stances.length ? `${rule.stances.map((one) => STANCES[one as keyof typeof STANCES] ?? one).join("或")}` : "",
    rule.min_heat ? `热度到 ${rule.min_heat}` : "",
    growth ? `${growth.minutes} 分钟内升 ${growth.by}` : "",
  ].filter(Boolean).join("，");
}
