/** The five kinds of renditions: what each is called, what of it may be changed here, and what a command needs. */

import { post, type Schemas } from "@/api/client";

import type { Field, Values } from "../../parts/ask";

export type Rendition = Schemas["StoryRendition"];
export type Texts = Record<string, unknown>;

export const KINDS = ["app_article", "wechat_article", "weibo_post", "page_slot", "rundown_item"] as const;
export const KIND_NAMES: Record<string, string> = {
  app_article: "客户端稿",
  wechat_article: "微信稿",
  weibo_post: "微博",
  page_slot: "报纸版面稿",
  rundown_item: "电视播出稿",
};
export const STATES: Record<string, string> = { draft: "草稿", ready: "已定稿", cleared: "已放行", live: "已刊发", stale: "母稿已改" };
export const TONES: Record<string, "info" | "primary" | "success" | "danger"> = {
  draft: "info",
  ready: "primary",
  cleared: "success",
  live: "success",
  stale: "danger",
};

interface Line {
  name: string;
  label: string;
  kind: "text" | "area" | "number" | "list" | "switch";
  hint?: string;
}

const LINES: Record<string, Line[]> = {
  app_article: [
    { name: "title", label: "标题", kind: "text" },
    { name: "push_text", label: "推送语", kind: "area" },
    { name: "tags", label: "标签", kind: "list", hint: "用空格隔开" },
  ],
  wechat_article: [
    { name: "title", label: "标题", kind: "text" },
    { name: "digest", label: "摘要", kind: "area" },
    { name: "original_flag", label: "声明原创", kind: "switch" },
  ],
  weibo_post: [
    { name: "text", label: "正文", kind: "area" },
    { name: "topics", label: "话题", kind: "list", hint: "用空格隔开，不用写 #" },
  ],
  page_slot: [
    { name: "headline", label: "标题", kind: "text" },
    { name: "text", label: "正文", kind: "area" },
    { name: "max_chars", label: "字数", kind: "number" },
    { name: "headline_width", label: "标题宽（字）", kind: "number" },
    { name: "columns", label: "栏数", kind: "number" },
    { name: "page_no", label: "版", kind: "number" },
    { name: "slot_no", label: "位置", kind: "number" },
    { name: "issue_date", label: "日期", kind: "text", hint: "例如 2026-08-02" },
  ],
  rundown_item: [
    { name: "script", label: "口播稿", kind: "area" },
    { name: "lower_thirds", label: "字幕条", kind: "list", hint: "一条一行" },
    { name: "planned_seconds", label: "计划时长（秒）", kind: "number" },
    { name: "show", label: "栏目", kind: "text" },
    { name: "order", label: "顺序", kind: "number" },
  ],
};

/** What a limit is about; empty where its own words say it. */
export function labelOf(kind: string, field: string): string {
  return LINES[kind]?.find(({ name }) => name === field.replace(/^fields\./, ""))?.label ?? "";
}

const separator = (name: string): string => (name === "lower_thirds" ? "\n" : " ");

/** The fields of a dialog in which a rendition is edited. */
export function formOf({ kind, fields }: Rendition): Field[] {
  const texts = fields as Texts;
  return (LINES[kind] ?? []).map((line): Field => {
    const { name, label, hint } = line;
    const common = { name, label, optional: true, ...(hint ? { hint } : {}) };
    const value = texts[name];
    if (line.kind === "number") return { ...common, kind: "number", least: 1, ...(typeof value === "number" ? { value } : {}) };
    if (line.kind === "switch") return { ...common, kind: "switch", value: value === true };
    const text = Array.isArray(value) ? value.join(separator(name)) : typeof value === "string" ? value : "";
    return { ...common, kind: line.kind === "area" || name === "lower_thirds" ? "area" : "text", value: text };
  });
}

/** What of it was changed. */
export function changesOf({ kind, fields }: Rendition, values: Values): Texts {
  const texts = fields as Texts;
  const given = (LINES[kind] ?? []).flatMap((line): [string, unknown][] => {
    const value = values[line.name];
    if (line.kind === "list") return [[line.name, String(value ?? "").split(line.name === "lower_thirds" ? /\n+/ : /[\s#，、]+/).map((one) => one.trim()).filter(Boolean)]];
    if (line.kind === "switch") return [[line.name, value === true]];
    // A text that was emptied is a wish; a place that was never given is none.
    if (value === undefined) return line.name === "digest" ? [[line.name, ""]] : [];
    return [[line.name, value]];
  });
  return Object.fromEntries(given.filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(texts[name])));
}

export interface Move {
  verb: "ready" | "confirm" | "rederive" | "submit" | "clear" | "publish";
  name: string;
  needs: string;
  lead: string;
}

export const MOVES: Move[] = [
  { verb: "ready", name: "定稿", needs: "rendition.write", lead: "合乎渠道的要求才能定稿。" },
  { verb: "submit", name: "单独送审", needs: "rendition.write", lead: "有母稿没有的句子，要单独送审。" },
  { verb: "clear", name: "放行", needs: "rendition.write", lead: "放行之后可以刊发。" },
  { verb: "publish", name: "刊发", needs: "story.publish", lead: "发到收这一种稿件的渠道。" },
  { verb: "rederive", name: "重新生成", needs: "rendition.write", lead: "按母稿现在的文字重写，手工改过的不再保留。" },
  { verb: "confirm", name: "确认沿用", needs: "rendition.write", lead: "母稿改过之后，这份文字仍然成立。" },
];

export function move({ id, ver }: Rendition, { verb }: Move, key: string): Promise<Rendition> {
  const options = { path: { rendition_id: id }, ifMatch: ver, key };
  if (verb === "rederive") return post("/kitchen/renditions/{rendition_id}/rederive", { ...options, body: {} });
  if (verb === "publish") return post("/kitchen/renditions/{rendition_id}/publish", { ...options, body: {} });
  return post(`/kitchen/renditions/{rendition_id}/${verb}`, options);
}
