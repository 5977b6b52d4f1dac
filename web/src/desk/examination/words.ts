/** Names of the states, steps and findings of an examination, as docs/newsroom.md gives them. */

export const STATES: Record<string, string> = {
  open: "审核中",
  returned: "已退回",
  signed: "已签发",
  rejected: "不予通过",
  void: "作废",
  fast_open: "快讯待签",
  fast_signed: "快讯已签",
  live_unconfirmed: "已发待核",
  confirmed: "后审通过",
  corrected: "已更正",
  withdrawn: "已撤稿",
};

export const STEP_STATES: Record<string, string> = {
  waiting: "未到",
  open: "待领取",
  claimed: "进行中",
  passed: "已通过",
  returned: "已退回",
  stale: "已失效",
};

export const STEPS: Record<string, string> = { P1: "一校", R1: "初审", P2: "二校", R2: "复审", P3: "三校", R3: "终审签发" };

export const CATEGORIES: Record<string, string> = {
  fact: "事实",
  orientation: "导向",
  text: "文字",
  rights: "版权",
  law: "法律",
  form: "格式",
};

export const LEVELS: Record<string, string> = { block: "必须改", warn: "要处理", info: "提示" };

/** What the aids look for, in a word or two. */
export const RULES: Record<string, string> = {
  sensitive: "敏感词",
  banned: "规范表述",
  wrong: "错别字",
  homophone: "同音写法",
  advert: "广告用语",
  person_title: "人名职务",
  leader_order: "领导排序",
  weekday: "日期星期",
  date: "日期",
  sum: "合计",
  share: "占比",
  growth: "增幅",
  headline_number: "题文数字",
  de: "的地得",
  pairs: "标点配对",
  doubled: "重复标点",
  half_width: "半角标点",
  id_number: "身份证号",
  phone: "手机号",
  plate: "车牌号",
  link: "链接",
  dead_link: "失效链接",
  media_rights: "素材版权",
  media_alt: "替代文字",
};

export const FIELDS: Record<string, string> = {
  headline: "标题",
  title: "标题",
  subtitle: "副题",
  summary: "摘要",
  digest: "摘要",
  push_text: "推送语",
  body: "正文",
  text: "正文",
  script: "口播稿",
  tags: "标签",
  topics: "话题",
  lower_thirds: "字幕条",
  byline: "署名",
  sources: "来源",
  section: "栏目",
  towns: "街镇",
  class: "类别",
  sensitivity: "敏感程度",
  targets: "渠道",
  cover: "封面",
};

export const CHANGES: Record<string, string> = { add: "新增", remove: "删去", change: "改动", move: "移动" };

/** Why a proofreader's change was more than a few characters, so that the passes before it no longer hold. */
export const BEYOND: Record<string, string> = {
  length: "超过 20 个字",
  name: "动了人名",
  title: "动了职务",
  number: "动了数字",
  date: "动了日期",
  unit: "动了单位",
  quotation: "动了引语",
  quote: "动了引语",
};

export const EVENTS: Record<string, string> = {
  "exam.submitted": "送审",
  "exam.opened": "开通快讯通道",
  "exam.step_open": "步骤开启",
  "exam.claimed": "领取",
  "exam.released": "放回",
  "exam.reclaimed": "收回",
  "exam.fixed": "改字",
  "exam.passed": "通过",
  "exam.returned": "退回",
  "exam.rejected": "不予通过",
  "exam.voided": "文字有改动，从一校重来",
  "exam.ended": "作废",
  "exam.signed": "签发",
  "exam.sla_breach": "超时提醒",
  "exam.opinion_asked": "征求专家意见",
  "exam.opinion_given": "专家答复",
  "exam.live_unconfirmed": "快讯已发，待核",
  "exam.overdue": "后审逾期",
  "exam.closed": "快讯了结",
  "exam.corrected": "更正签发",
};

/** Enough of a hash to tell two texts apart at a glance. */
export function short(hash: string | null): string {
  return hash ? hash.slice(0, 10) : "";
}
