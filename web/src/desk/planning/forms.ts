/** What is asked for a lead, a topic and a line of the dispatch sheet, and what becomes of the answers. */

import type { Schemas } from "@/api/client";

import type { Field, Option, Values } from "../parts/ask";
import { CLASSES, COVERAGE_KINDS, DESKS, LEAD_SOURCES, optionsOf, TARGETS } from "./words";

export const REASON: Field = { name: "reason", label: "理由", kind: "area", max: 300 };

export function leadFields(lead?: Schemas["Lead"]): Field[] {
  return [
    { name: "title", label: "标题", kind: "text", max: 100, value: lead?.title ?? "" },
    { name: "place", label: "地点", kind: "text", max: 100, value: lead?.place ?? "", hint: "写得准，重复的线索才认得出来。" },
    { name: "source", label: "来源", kind: "choice", options: optionsOf(LEAD_SOURCES), value: lead?.source ?? "hotline" },
    { name: "text", label: "内容", kind: "area", max: 4000, value: lead?.text ?? "", optional: true },
    { name: "source_ref", label: "来源编号", kind: "text", max: 200, value: lead?.source_ref ?? "", optional: true, hint: "热线工单号、来函文号等。" },
    heatField(lead?.heat),
  ];
}

export function heatField(heat = 0): Field {
  return { name: "heat", label: "热度", kind: "number", least: 0, most: 1_000_000, value: heat, hint: "估计有多少人关心，数字越大越靠前。" };
}

export function leadForm(values: Values): Schemas["LeadForm"] {
  return { text: "", source_ref: null, heat: 0, ...values } as Schemas["LeadForm"];
}

/** Of an approved topic only the arrangements can be changed. */
const ARRANGEMENTS = ["priority", "targets", "from", "to", "embargo_until", "budget_points"];

export function topicFields(topic?: Partial<Schemas["Topic"]>, arrangementsOnly = false): Field[] {
  const window = topic?.window as Schemas["TopicWindow"] | null | undefined;
  const time = (value: string | null | undefined): { value?: string } => (value ? { value } : {});
  const all: Field[] = [
    { name: "title", label: "题目", kind: "text", max: 100, value: topic?.title ?? "" },
    { name: "class", label: "类别", kind: "choice", options: optionsOf(CLASSES), value: topic?.class ?? "livelihood", hint: "时政类要由总编审批。" },
    { name: "angle", label: "角度", kind: "area", max: 500, value: topic?.angle ?? "", optional: true },
    { name: "why", label: "为什么做", kind: "area", max: 500, value: topic?.why ?? "", optional: true },
    { name: "priority", label: "优先级", kind: "choice", options: PRIORITIES, value: String(topic?.priority ?? 3) },
    { name: "targets", label: "渠道", kind: "choices", options: optionsOf(TARGETS), value: [...(topic?.targets ?? ["app"])] },
    { name: "from", label: "报道时段，从", kind: "time", optional: true, ...time(window?.from) },
    { name: "to", label: "报道时段，到", kind: "time", optional: true, ...time(window?.to) },
    { name: "embargo_until", label: "解禁时间", kind: "time", optional: true, ...time(topic?.embargo_until), hint: "之前任何渠道都不会发出。" },
    { name: "budget_points", label: "预算分值", kind: "number", least: 0, most: 10_000, value: topic?.budget_points ?? 0, optional: true },
  ];
  return arrangementsOnly ? all.filter(({ name }) => ARRANGEMENTS.includes(name)) : all;
}

export const PRIORITIES: Option[] = [
  { value: "1", label: "1 最急" },
  { value: "2", label: "2 优先" },
  { value: "3", label: "3 一般" },
  { value: "4", label: "4 可缓" },
  { value: "5", label: "5 备用" },
];

export function topicForm({ from, to, priority, ...values }: Values, arrangementsOnly = false): Schemas["TopicForm"] {
  const emptied = arrangementsOnly ? {} : { angle: "", why: "" };
  const window = from || to ? { from, to } : null;
  return { ...emptied, embargo_until: null, ...values, window, priority: Number(priority) } as Schemas["TopicForm"];
}

export function coverageFields(topic: Schemas["Topic"]): Field[] {
  return [
    { name: "kind", label: "做什么", kind: "choice", options: optionsOf(COVERAGE_KINDS), value: "text" },
    { name: "desk", label: "由哪个工作台做", kind: "choice", options: optionsOf(DESKS), value: "reporters" },
    { name: "due", label: "什么时候交", kind: "time" },
    { name: "targets", label: "渠道", kind: "choices", options: optionsOf(TARGETS), value: [...topic.targets] },
    { name: "note", label: "要求", kind: "area", max: 300, optional: true },
  ];
}

export function coverageForm(values: Values): Schemas["CoverageForm"] {
  return { note: "", ...values } as Schemas["CoverageForm"];
}
