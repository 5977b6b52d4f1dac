/** What the board calls things, and which number of the board counts each kind (docs/board.md). */

/** The kinds of the board: what one is called, and under which section and name they are counted. */
export const KINDS: Record<string, { name: string; at?: readonly [section: string, things: string] }> = {
  lead: { name: "线索", at: ["planning", "leads"] },
  topic: { name: "选题", at: ["planning", "topics"] },
  meeting: { name: "报题会", at: ["planning", "meetings"] },
  directive: { name: "指令", at: ["planning", "directives"] },
  assignment: { name: "任务", at: ["interview", "assignments"] },
  material: { name: "素材", at: ["interview", "materials"] },
  story: { name: "稿件", at: ["editing", "stories"] },
  rendition: { name: "渠道稿", at: ["editing", "renditions"] },
  exam: { name: "审核单", at: ["examination", "exams"] },
  channel: { name: "渠道", at: ["publication", "channels"] },
  publication: { name: "刊播任务", at: ["publication", "publications"] },
  case: { name: "更正撤稿", at: ["publication", "cases"] },
  issue: { name: "报纸", at: ["publication", "issues"] },
  rundown: { name: "串联单", at: ["publication", "rundowns"] },
  period: { name: "考核周期", at: ["assessment", "periods"] },
  rule_set: { name: "考核规则", at: ["assessment", "rule_sets"] },
  alert: { name: "预警", at: ["monitoring", "alerts"] },
  suspect: { name: "存疑数据", at: ["monitoring", "suspects"] },
  scan_hit: { name: "复扫命中", at: ["monitoring", "scan_hits"] },
  alarm: { name: "告警" },
  duty: { name: "值班" },
  handover: { name: "交接单" },
  person: { name: "人员" },
  cap_message: { name: "预警信息" },
};

/** States that no section of the board counts, and those of a case on a channel. */
export const STATES: Record<string, string> = {
  raised: "待处理",
  cleared: "已解除",
  on: "值班中",
  ended: "已交班",
  offered: "待接班",
  accepted: "已接班",
  declined: "已谢绝",
  withdrawn: "已收回",
};

export const TICKS: Record<string, { name: string; mark: string }> = {
  pending: { name: "处置中", mark: "…" },
  applied: { name: "已处置", mark: "✓" },
  manual_needed: { name: "待人工", mark: "!" },
  verified: { name: "已核实", mark: "✓✓" },
};

export const CHANNEL_STATES: Record<string, string> = { up: "正常", degraded: "不稳", halted: "停发" };
export const FAST_STATES: Record<string, string> = { fast_open: "待签发", fast_signed: "已签发", live_unconfirmed: "已发待复核" };
export const CASE_TYPES: Record<string, string> = { correction: "更正", withdrawal: "撤稿" };
export const MEDIA: Record<string, string> = { tv: "电视", radio: "广播" };
export const LEVELS: Record<string, string> = { normal: "一般", urgent: "紧急" };

/** Why a thing is on the list that the next duty takes over. */
export const WHY: Record<string, string> = {
  late: "已经超时",
  fast_lane: "快讯通道",
  uncertain: "结果不明",
  halted: "停发中",
  open: "未了结",
  soon: "四小时内到期",
};

export const MEASURES: Record<string, string> = {
  filed: "交稿",
  submitted: "送审",
  signed: "签发",
  returned: "退回",
  live: "上线",
  receipted: "回执",
  cases: "更正撤稿",
  alarms: "告警",
};

export const PRIORITIES = ["一级，最先", "二级", "三级", "四级", "五级，最后"];
