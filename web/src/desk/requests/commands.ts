/** Everything that can be done to a case: its name, its key, in whose hands it is, and what is asked before. */

import { catalog } from "@/app/catalog";

import type { Schemas } from "@/api/client";

import type { Field, Option, Question } from "../parts/ask";
import type { Whose } from "./rights";
import { CALLBACKS, REVIEWS, STATES, URGENCY, officeName, type Case } from "./words";

export type Routing = Schemas["Routing"];
export type DeclineReason = Schemas["DeclineReasonList"]["items"][number];

/** What helps to choose. */
export interface Around {
  routing: Routing | null;
  reasons: readonly DeclineReason[];
  /** Other cases that this one may be merged into. */
  others: readonly Case[];
}

export interface Command {
  name: string;
  label: string;
  key: string;
  whose: Whose;
  look?: "primary" | "danger";
  done: string;
  /** Missing where nothing needs to be asked. */
  asks?: (one: Case, around: Around, chosen?: string) => Omit<Question, "send" | "done">;
}

const LONG = 2000;
const area = (name: string, label: string, rest: Partial<Field> = {}): Field => ({ name, label, kind: "area", max: LONG, ...rest }) as Field;
const options = (words: Record<string, string>): Option[] => Object.entries(words).map(([value, label]) => ({ value, label }));

/** The office that is suggested first, with the reason beside it. */
function officeField(one: Case, { routing }: Around, chosen?: string): Field {
  const byService = catalog.services.find(({ id }) => id === one.service.id)?.office.id;
  const suggested = routing?.office;
  const all = catalog.offices.map(({ id, name }): Option => {
    const hint = id === suggested?.id ? suggested.why : id === byService ? "本事项的承办单位" : undefined;
    return { value: id, label: name, ...(hint ? { hint } : {}) };
  });
  const value = chosen ?? suggested?.id ?? byService;
  return {
    name: "office",
    label: "承办单位",
    kind: "choice",
    options: all.sort((a, b) => Number(Boolean(b.hint)) - Number(Boolean(a.hint))),
    ...(value ? { value } : {}),
    ...(suggested ? { hint: `建议：${suggested.name}。${suggested.why}` } : {}),
  };
}

function mergeOptions(one: Case, { routing, others }: Around): Option[] {
  const suggested = (routing?.duplicates ?? []).map(({ id, code, title, why }) => ({ value: id, label: `${code} ${title}`, hint: why }));
  const known = new Set(suggested.map(({ value }) => value));
  const rest = others
    .filter(({ id, service }) => id !== one.id && !known.has(id) && service.id === one.service.id)
    .map(({ id, code, title, state }) => ({ value: id, label: `${code} ${title}`, hint: STATES[state] ?? state }));
  return [...suggested, ...rest];
}

export const COMMANDS: readonly Command[] = [
  { name: "take", label: "签收", key: "t", whose: "office", look: "primary", done: "已签收，开始办理。" },
  {
    name: "reply",
    label: "答复市民",
    key: "r",
    whose: "office",
    look: "primary",
    done: "已答复，等市民确认。",
    asks: () => ({
      title: "答复市民",
      lead: "市民会马上收到，并在七天内确认或要求重办；过期没有回音的转受理台回访。",
      fields: [area("text", "答复内容")],
      confirm: "答复",
    }),
  },
  {
    name: "decide",
    label: "裁定承办单位",
    key: "g",
    whose: "supervise",
    look: "primary",
    done: "已裁定并派单。",
    asks: (one, around) => ({
      title: "裁定承办单位",
      lead: "这件诉求已经退单两次。裁定之后，承办单位不能再退。",
      fields: [officeField(one, around), area("text", "裁定理由", { hint: "只在内部可见。" })],
      confirm: "裁定并派单",
    }),
  },
  {
    name: "assign",
    label: "派单",
    key: "g",
    whose: "dispatch",
    look: "primary",
    done: "已派单。",
    asks: (one, around, chosen) => ({
      title: "派单",
      lead: one.state === "filed" ? "派单的同时受理，答复期限从现在开始计算。" : "承办单位须在 4 个工作小时内签收。",
      fields: [officeField(one, around, chosen), area("text", "给承办单位的话", { optional: true, hint: "只在内部可见。" })],
      confirm: "派单",
    }),
  },
  { name: "accept", label: "只受理", key: "a", whose: "dispatch", done: "已受理，答复期限开始计算。" },
  {
    name: "answer",
    label: "直接答复",
    key: "d",
    whose: "dispatch",
    done: "已答复，等市民确认。",
    asks: () => ({
      title: "直接答复",
      lead: "只有咨询类可以由受理台直接答复。市民会马上收到。",
      fields: [area("text", "答复内容")],
      confirm: "答复",
    }),
  },
  {
    name: "callback",
    label: "记录回访",
    key: "c",
    whose: "dispatch",
    look: "primary",
    done: "回访已记录。",
    asks: ({ contact, citizen }) => ({
      title: "记录回访",
      lead: `请先给${citizen.name || "市民"}打电话${contact ? `：${contact}` : ""}。市民能看到这次回访的结果。`,
      fields: [
        { name: "outcome", label: "市民怎么说", kind: "choice", options: options(CALLBACKS) },
        area("text", "通话记录", { hint: "市民看得到。" }),
      ],
      confirm: "记录",
    }),
  },
  {
    name: "review",
    label: "结束低分核查",
    key: "v",
    whose: "supervise",
    look: "primary",
    done: "核查已结束，市民会看到结论。",
    asks: ({ rating }) => ({
      title: "结束低分核查",
      ...(rating ? { lead: `市民给态度 ${rating.attitude} 分、结果 ${rating.result} 分${rating.comment ? `，说：“${rating.comment}”` : ""}。` } : {}),
      fields: [
        { name: "outcome", label: "结论", kind: "choice", options: options(REVIEWS) },
        area("text", "理由", { hint: "市民看得到。" }),
      ],
      confirm: "结束核查",
    }),
  },
  {
    name: "ask",
    label: "请市民补充",
    key: "w",
    whose: "office",
    done: "已请市民补充，期限暂停计算。",
    asks: ({ asks }) => ({
      title: "请市民补充",
      lead: `等待期间答复期限暂停。一件诉求最多问两次，已问过 ${asks} 次。`,
      fields: [area("text", "要问什么")],
      confirm: "发给市民",
    }),
  },
  {
    name: "message",
    label: "告知进展",
    key: "l",
    whose: "office",
    done: "已发给市民。",
    asks: () => ({ title: "告知市民进展", lead: "期限照常计算。", fields: [area("text", "进展")], confirm: "发给市民" }),
  },
  {
    name: "resolve",
    label: "办结",
    key: "e",
    whose: "office",
    done: "已办结。",
    asks: ({ state }) => ({
      title: "办结",
      lead: "这是承办单位的说法，不算市民确认解决；市民三十天内可以要求重办。",
      fields: [area("text", "办理结果", state === "replied" ? { optional: true, hint: "已经答复过，可以不再写。" } : { hint: "还没有答复过，这里就是给市民的答复。" })],
      confirm: "办结",
    }),
  },
  {
    name: "note",
    label: "内部记录",
    key: "n",
    whose: "house",
    done: "已记下。",
    asks: () => ({ title: "内部记录", lead: "只有经办这件诉求的人看得到，市民看不到。", fields: [area("text", "记录")], confirm: "记下" }),
  },
  {
    name: "join",
    label: "请单位协办",
    key: "h",
    whose: "lead",
    done: "协办单位已经看得到这件诉求。",
    asks: ({ office, helpers }) => ({
      title: "请单位协办",
      lead: "协办单位能看到诉求、写内部记录，答复仍由主办单位负责。",
      fields: [
        {
          name: "offices",
          label: "协办单位",
          kind: "choices",
          options: catalog.offices.map(({ id, name }) => ({
            value: id,
            label: name,
            ...(id === office?.id ? { hint: "是主办单位", disabled: true } : helpers.some((one) => one.id === id) ? { hint: "已在协办", disabled: true } : {}),
          })),
        },
        area("text", "请它们做什么", { optional: true }),
      ],
      confirm: "请协办",
    }),
  },
  {
    name: "urgency",
    label: "紧急程度",
    key: "u",
    whose: "lead",
    done: "已调整。",
    asks: ({ urgency }) => ({
      title: "调整紧急程度",
      lead: "只影响排在前面还是后面，不改变期限。",
      fields: [
        { name: "urgency", label: "紧急程度", kind: "choice", options: options(URGENCY), value: urgency },
        area("text", "理由", { optional: true }),
      ],
      confirm: "调整",
    }),
  },
  {
    name: "merge",
    label: "并案",
    key: "m",
    whose: "dispatch",
    done: "已并案，两位市民都会得到答复。",
    asks: (one, around, chosen) => ({
      title: "并入另一件诉求",
      lead: "并案之后在主办的那一件上办理，结果一并告知两位市民，市民之间互不知情。",
      fields: [
        {
          name: "into",
          label: "主办的诉求",
          kind: "choice",
          options: mergeOptions(one, around),
          ...(chosen ? { value: chosen } : {}),
          hint: "列出的是可能重复的，以及同一事项未办结的。",
        },
        area("text", "理由", { optional: true }),
      ],
      confirm: "并案",
    }),
  },
  {
    name: "supervise",
    label: "督办",
    key: "s",
    whose: "supervise",
    done: "已督办，三个工作日内须有答复。",
    asks: () => ({
      title: "督办",
      lead: "承办单位会看到督办要求，另有三个工作日的督办期限。",
      fields: [area("text", "督办要求", { hint: "只在内部可见。" })],
      confirm: "督办",
    }),
  },
  {
    name: "extend",
    label: "批准延期",
    key: "y",
    whose: "supervise",
    done: "已延期，并告知市民。",
    asks: () => ({
      title: "批准延期",
      lead: "一件诉求只能延期一次，市民会看到理由和新的期限。",
      fields: [
        { name: "days", label: "延长几个工作日", kind: "number", least: 1, most: 15, value: 5 },
        area("reason", "理由", { hint: "市民看得到。" }),
      ],
      confirm: "延期",
    }),
  },
  {
    name: "complex",
    label: "认定疑难件",
    key: "f",
    whose: "supervise",
    done: "已按疑难件办理，并告知市民。",
    asks: () => ({
      title: "认定为疑难件",
      lead: "答复期限改为 15 个工作日，只能认定一次。",
      fields: [area("reason", "理由", { hint: "市民看得到。" })],
      confirm: "认定",
    }),
  },
  {
    name: "return",
    label: "退单",
    key: "b",
    whose: "office",
    look: "danger",
    done: "已退回受理台。",
    asks: ({ returns, office }) => ({
      title: "退单",
      lead: `不属于${office ? officeName(office.id) : "本单位"}职责的才退。最多退两次，已退过 ${returns} 次。`,
      fields: [area("reason", "退单理由", { hint: "写明依据和应当由谁办，受理台好重新派。" })],
      confirm: "退单",
      danger: true,
    }),
  },
  {
    name: "decline",
    label: "不予受理",
    key: "x",
    whose: "dispatch",
    look: "danger",
    done: "已告知市民不予受理。",
    asks: (_one, { reasons }) => ({
      title: "不予受理",
      lead: "市民会看到依据、说明和可以去哪里。",
      fields: [
        { name: "code", label: "依据", kind: "choice", options: reasons.map(({ code, reason, where }) => ({ value: code, label: reason, ...(where ? { hint: where } : {}) })) },
        area("reason", "说明"),
        { name: "where", label: "可以去哪里", kind: "area", max: 500, optional: true, hint: "不填就用依据里写的去处。" },
      ],
      confirm: "不予受理",
      danger: true,
    }),
  },
];
