/** Names of what is published, and how it stands (docs/newsroom.md, 刊播). */

export const STATES: Record<string, string> = {
  held: "待时",
  queued: "排队",
  leased: "发送中",
  sent: "已送出",
  receipted: "已回执",
  retry_wait: "待重试",
  uncertain: "结果不明",
  failed: "失败",
  cancelled: "已取消",
  superseded: "已被替换",
  withdrawn: "已撤稿",
};

type TagType = "success" | "warning" | "danger" | "info" | "primary";
export const STATE_TAGS: Record<string, TagType> = {
  receipted: "success",
  uncertain: "warning",
  retry_wait: "warning",
  failed: "danger",
  withdrawn: "info",
  superseded: "info",
  cancelled: "info",
};

export const CHANNEL_STATES: Record<string, string> = { up: "正常", degraded: "不稳", halted: "停发" };
export const CHANNEL_TAGS: Record<string, TagType> = { up: "success", degraded: "warning", halted: "danger" };

export const SHOWN: Record<string, string> = {
  same: "回读一致",
  other: "回读不一致：渠道上显示的不是签发的文字",
  unread: "没有回读",
};

export const CAPABILITIES: Record<string, string> = {
  create: "刊发",
  edit: "改帖",
  delete: "删帖",
  read_back: "回读",
  metrics: "传播数据",
  schedule: "定时",
  notice: "发启事",
};

export const KINDS: Record<string, string> = { correction: "更正", withdrawal: "撤稿" };
export const SEVERITIES: Record<string, string> = { S1: "严重差错", S2: "一般差错", S3: "文字差错" };
export const CAUSES: Record<string, string> = {
  P1: "一校",
  R1: "初审",
  P2: "二校",
  R2: "复审",
  P3: "三校",
  R3: "终审",
  fast: "快讯通道",
  channel: "渠道",
  source: "来源",
};
export const TARGET_STATES: Record<string, string> = { pending: "处置中", applied: "已处置", manual_needed: "待人工", verified: "已核实" };
/** What a slot of a page can be for. */
export const MARKS: Record<string, string> = { story: "稿件", house_ad: "自办广告", blank: "留白" };
export const FIELDS: Record<string, string> = { headline: "标题", subtitle: "副题", summary: "摘要", body: "正文" };

/** Minutes and seconds of a running time. */
export function running(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "—";
  const whole = Math.abs(Math.round(seconds));
  return `${seconds < 0 ? "−" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** How long something took. */
export function took(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "—";
  if (seconds < 90) return `${Math.round(seconds)} 秒`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} 分钟` : `${(seconds / 3600).toFixed(1)} 小时`;
}
