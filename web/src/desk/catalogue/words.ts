/** What an item or a window says, line by line under the names of its fields: to read, and to see what was changed. */

import { catalog } from "@/app/catalog";

import { around, type Entry, type Item, type Kind, type Window } from "./entries";

export const NAMES: Record<Kind, string> = { item: "事项", window: "窗口" };
export const FORMS: Record<string, string> = { original: "原件", copy: "复印件", original_and_copy: "原件及复印件", electronic: "电子件" };
export const DAYS: Record<string, string> = { workday: "工作日", saturday: "周六", sunday: "周日" };

export interface Part {
  name: string;
  lines: string[];
}

const nameIn = (list: readonly { id: string; name: string }[], id: string | null | undefined): string[] => (id ? [list.find((one) => one.id === id)?.name ?? id] : []);
const given = (value: string | null | undefined): string[] => (value ? [value] : []);
const spans = (hours: readonly { opens: string; closes: string }[]): string => hours.map(({ opens, closes }) => `${opens}–${closes}`).join("、");

function itemParts(item: Item): Part[] {
  const { statutory_days: statutory, promised_days: promised } = item;
  return [
    { name: "名称", lines: [item.title] },
    { name: "一句话", lines: [item.summary] },
    { name: "类别", lines: nameIn(around.categories, item.category) },
    { name: "人生事件", lines: nameIn(around.events, item.event) },
    { name: "时限", lines: [promised ? `承诺 ${promised} 个工作日，法定 ${statutory} 个工作日` : `当场办结，法定 ${statutory} 个工作日`] },
    { name: "条件", lines: item.conditions },
    { name: "材料", lines: item.materials.map(({ name, form, count, where, required }) => `${name}（${FORMS[form]}，${count} 份）${required === false ? "，如有" : ""}${where ? `，${where}` : ""}`) },
    { name: "步骤", lines: item.steps.map(({ title, text }, at) => `${at + 1}. ${title}：${text}`) },
    { name: "费用", lines: item.fees.map(({ name, amount }) => `${name} ${amount}`) },
    { name: "依据", lines: item.legal_basis },
    { name: "窗口", lines: item.windows.map((id) => around.windows.find((one) => one.id === id)?.title ?? "一个已经撤下的窗口") },
    { name: "网上办", lines: given(item.online_url) },
    { name: "电话", lines: given(item.phone) },
    { name: "常见问题", lines: item.questions.map(({ question, answer }) => `问：${question} 答：${answer}`) },
    { name: "有关诉求", lines: nameIn(catalog.services, item.service) },
  ];
}

function windowParts(window: Window): Part[] {
  return [
    { name: "名称", lines: [window.title] },
    { name: "地址", lines: [window.address] },
    { name: "街镇", lines: nameIn(catalog.towns, window.town) },
    { name: "位置", lines: window.lat !== null && window.lon !== null ? [`北纬 ${window.lat}，东经 ${window.lon}`] : [] },
    { name: "电话", lines: given(window.phone) },
    { name: "办公时间", lines: Object.keys(DAYS).flatMap((days) => { const of = window.hours.filter((one) => one.days === days); return of.length ? [`${DAYS[days]} ${spans(of)}`] : []; }) },
    { name: "特殊日子", lines: window.special.map(({ date, hours, note }) => `${date} ${hours?.length ? spans(hours) : "不办公"}${note ? `，${note}` : ""}`) },
    { name: "说明", lines: given(window.note) },
  ];
}

/** The parts of what is public, or of the draft; those that say nothing are left out. */
export function partsOf(kind: Kind, content: Entry["content"]): Part[] {
  if (!content) return [];
  return (kind === "item" ? itemParts(content as unknown as Item) : windowParts(content as unknown as Window)).filter(({ lines }) => lines.length);
}

/** What the draft would change, part by part. */
export function changesOf(kind: Kind, entry: Entry): { name: string; before: string[]; after: string[] }[] {
  const [before, after] = [partsOf(kind, entry.content), partsOf(kind, entry.draft)].map((parts) => new Map(parts.map(({ name, lines }) => [name, lines])));
  const names = [...new Set([...before!.keys(), ...after!.keys()])];
  return names
    .map((name) => ({ name, before: before!.get(name) ?? [], after: after!.get(name) ?? [] }))
    .filter((one) => JSON.stringify(one.before) !== JSON.stringify(one.after));
}

type Tone = "primary" | "warning" | "success" | "info" | "danger";

export function standing({ state, draft }: Entry): { words: string; tone: Tone } {
  if (state === "withdrawn") return { words: "已撤下", tone: "danger" };
  if (state === "draft") return { words: "待发布", tone: "primary" };
  return draft ? { words: "有修改待审核", tone: "warning" } : { words: "已公开", tone: "success" };
}
