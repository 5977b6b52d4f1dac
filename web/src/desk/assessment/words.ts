/** The assessment in words: names of desks, states, and how a row came to its points (docs/assessment.md). */

import type { Schemas } from "@/api/client";
import { dateTime } from "@/app/time";

import { DESKS as HOUSE } from "../planning/words";

type Row = Schemas["ScoreRow"];
type TagType = "success" | "warning" | "danger" | "info" | "primary";

export const DESKS: Record<string, string> = { ...HOUSE, examination: "审核", assessment: "考核", monitoring: "监测", all: "全中心" };
export const RULES: Record<Row["rule"], string> = {
  multi: "稿件",
  time: "时效",
  mobile: "移动首发",
  reach: "传播",
  pass_review: "审稿",
  pass_proof: "校对",
  finding: "发现差错",
  lead: "线索转选题",
  shift: "值班",
  on_site: "应急到场",
  pickup: "上级媒体转载",
  penalty_author: "差错（作者）",
  penalty_check: "差错（把关）",
  adjustment: "申诉调整",
};
export const PERIOD_TAGS: Record<Schemas["Period"]["state"], TagType> = {
  open: "primary",
  computing: "warning",
  computed: "warning",
  published: "success",
  appeals: "warning",
  sealed: "info",
};
export const APPEAL_TAGS: Record<Schemas["Appeal"]["state"], TagType> = { filed: "warning", upheld: "success", dismissed: "info" };
export const RULE_SET_TAGS: Record<Schemas["RuleSet"]["state"], TagType> = { draft: "warning", adopted: "success", discarded: "info" };

const TYPES: Record<string, string> = { brief: "简讯", photo_set: "组图", text: "文字稿", short_video: "短视频", live: "直播", in_depth: "深度报道" };
const MEDIA: Record<string, string> = { app: "客户端", wechat: "微信", weibo: "微博", newspaper: "报纸", broadcast: "广播电视", syndication: "供稿", webhook: "转发接口" };
const STEPS: Record<string, string> = { P1: "一校", R1: "初审", P2: "二校", R2: "复审", P3: "三校", R3: "终审" };
const LEVELS: Record<string, string> = { district: "区级媒体", city: "市级媒体", national: "中央媒体" };
const SEVERITIES: Record<string, string> = { S1: "严重差错", S2: "一般差错", S3: "文字差错" };

/** Points as they are read: with a sign, and no more decimals than there are. */
export function signed(amount: string): string {
  return amount.startsWith("-") ? `−${amount.slice(1)}` : `+${amount}`;
}

/** How a row came to its points, sentence by sentence, from the numbers it was made of. */
export function explainRow({ rule, inputs }: Row): string[] {
  const text = (name: string): string => String(inputs[name] ?? "");
  const count = (name: string): number => Number(inputs[name] ?? 0);
  const step = STEPS[text("step")] ?? text("step");
  const severity = `${text("severity")} ${SEVERITIES[text("severity")] ?? ""}`.trim();
  const share = "share" in inputs ? [`按分工占 ${text("share")}%。`] : [];
  const own = inputs["self_reported"] ? ["是本人先报告的，只扣一半。"] : [];
  const said: Record<Row["rule"], () => string[]> = {
    multi: () => [
      `${TYPES[text("type")] ?? text("type")}，${text("grade")} 级，基本分 ${text("out")}。`,
      count("edited") + count("mechanical") > 0
        ? `除首发渠道外，另有 ${count("edited")} 个渠道用改写稿、${count("mechanical")} 个渠道照发，按规则加成。`
        : "只在一个渠道发出，没有多渠道加成。",
    ],
    time: () => [count("late_s") > 0 ? `比约定的 ${due(text("due"))}晚交 ${Math.ceil(count("late_s") / 60)} 分钟，按规则扣分。` : `在约定的 ${due(text("due"))}前交稿，加一成。`],
    mobile: () => [`第一张回执来自${MEDIA[text("medium")] ?? text("medium")}，算移动首发。`],
    reach: () => [`刊发后 72 小时的传播值 V 是 ${text("V")}（与各渠道近期中位数相比，1000 为持平）。之后的阅读不再计分。`],
    pickup: () => [`被${LEVELS[text("level")] ?? text("level")}转载。`, ...(count("paid_before") > 0 ? [`较低一级的转载已经计过 ${text("paid_before")} 分，这里补差额。`] : [])],
    pass_review: () => passed(),
    pass_proof: () => passed(),
    finding: () => [`在${step}指出 ${count("count")} 处差错，被采纳。`],
    lead: () => ["报上的线索转成了选题。"],
    shift: () => ["值了一个班。"],
    on_site: () => [`应急任务派出后 ${Math.ceil(count("took_s") / 60)} 分钟到场。`],
    penalty_author: () => [`稿件刊发后更正或撤下，定为 ${severity}，作者按分工承担。`],
    penalty_check: () => [
      inputs["undone"] ? `稿件出了 ${severity}；${step}还没有人看就发了，由签发人承担这一步。` : `${step}放过了后来更正或撤下的差错，定为 ${severity}。`,
    ],
    adjustment: () => [inputs["row"] ? `针对第 ${text("row")} 行的申诉得到支持，按决定增减。` : "针对整个账目的申诉得到支持，按决定增减。"],
  };

  function passed(): string[] {
    const read = `${step}，全文 ${count("chars")} 字，阅读 ${Math.round(count("read_ms") / 1000)} 秒，从轮到至办完 ${Math.ceil(count("waited_s") / 60)} 分钟。`;
    return [read, ...(inputs["read_too_fast"] ? ["读得比规定的最快速度还快，不计分。"] : [])];
  }

  return [...said[rule](), ...share, ...own];
}

function due(iso: string): string {
  return iso ? `${dateTime(iso)} ` : "时间";
}
