/** The numbers of a rule set, in the order in which they are read, each with its name (docs/assessment.md). */

export type Values = Record<string, unknown>;
export interface Entry {
  /** Where it stands, as the server names it: `kinds.cap`. */
  path: string;
  name: string;
  kind: "decimal" | "whole" | "grade" | "media";
}
export interface Group {
  name: string;
  entries: Entry[];
}

export const MEDIA = { app: "客户端", wechat: "微信", weibo: "微博", newspaper: "报纸", broadcast: "广播电视", syndication: "供稿", webhook: "转发接口" };
export const GRADES = ["A", "B", "C", "D"];

const STEPS: Record<string, string> = { P1: "一校", R1: "初审", P2: "二校", R2: "复审", P3: "三校", R3: "终审" };

function decimals(path: string, names: Record<string, string>): Entry[] {
  return Object.entries(names).map(([key, name]) => ({ path: `${path}.${key}`, name, kind: "decimal" }));
}

function wholes(path: string, names: Record<string, string>): Entry[] {
  return Object.entries(names).map(([key, name]) => ({ path: `${path}.${key}`, name, kind: "whole" }));
}

export const GROUPS: Group[] = [
  { name: "体裁的基本分", entries: decimals("base", { brief: "简讯", photo_set: "组图", text: "文字稿", short_video: "短视频", live: "直播", in_depth: "深度报道" }) },
  { name: "等级的倍数", entries: [...decimals("grade", { A: "A 级", B: "B 级", C: "C 级", D: "D 级" }), { path: "usual_grade", name: "没有定级的算", kind: "grade" }] },
  {
    name: "怎么分体裁",
    entries: wholes("types", {
      brief_below_chars: "少于多少字算简讯",
      in_depth_from_chars: "多少字起算深度报道",
      photo_set_from_images: "多少张图起算组图",
      photo_set_below_chars: "组图少于多少字",
    }),
  },
  { name: "多渠道加成", entries: decimals("kinds", { edited: "改写稿每个渠道加", mechanical: "照发每个渠道加", cap: "最多加" }) },
  {
    name: "时效",
    entries: [...decimals("time", { in_time: "按时加", late: "每晚一段扣", floor: "最多扣" }), ...wholes("time", { late_minutes: "一段是多少分钟" })],
  },
  { name: "移动首发", entries: [...decimals("mobile", { points: "得分" }), { path: "mobile.media", name: "哪些渠道算", kind: "media" }] },
  { name: "传播", entries: decimals("reach", { factor: "系数", cap: "最多得", scale: "持平时的传播值", divisor: "除数" }) },
  {
    name: "审校",
    entries: [
      ...decimals("checker", { review: "审一篇", proof_per_1000_chars: "校一千字", finding: "发现一处差错", finding_cap: "一篇最多" }),
      ...wholes("checker", { read_floor_ms_per_1000_chars: "一千字至少读多少毫秒" }),
      ...wholes("checker.sla_minutes", Object.fromEntries(Object.entries(STEPS).map(([key, name]) => [key, `${name}限多少分钟`]))),
    ],
  },
  { name: "其他", entries: [...decimals("other", { lead: "线索转选题", shift: "值一个班", on_site: "应急到场" }), ...wholes("other", { on_site_minutes: "多少分钟内到场" })] },
  {
    name: "差错",
    entries: [
      ...decimals("penalty.severity", { S1: "严重差错", S2: "一般差错", S3: "文字差错" }),
      ...decimals("penalty", { authors: "作者承担几成", step: "每一步承担几成", self_reported: "本人先报告的承担几成" }),
    ],
  },
  { name: "上级媒体转载", entries: decimals("pickup", { district: "区级", city: "市级", national: "中央" }) },
  { name: "公示", entries: [{ path: "public_days", name: "公示多少天", kind: "whole" }] },
];

export function at(values: Values, path: string): unknown {
  return path.split(".").reduce<unknown>((part, key) => (part as Values | undefined)?.[key], values);
}

/** The values with one of them changed; nothing that was given is touched. */
export function withValue(values: Values, path: string, value: unknown): Values {
  const [key, ...rest] = path.split(".");
  if (key === undefined) return values;
  return { ...values, [key]: rest.length ? withValue((values[key] ?? {}) as Values, rest.join("."), value) : value };
}

export function written(values: Values, { path, kind }: Entry): string {
  const value = at(values, path);
  if (kind === "media") return (value as (keyof typeof MEDIA)[]).map((one) => MEDIA[one] ?? one).join("、");
  return String(value ?? "");
}
