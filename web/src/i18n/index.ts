/** Every fixed word of the app, Chinese first; each area keeps its own in a file beside this one. */

import { computed, ref } from "vue";

import { recall, remember } from "@/app/memory";

import * as app from "./app";
import * as community from "./community";
import * as government from "./government";
import * as me from "./me";
import * as news from "./news";
import * as services from "./services";

export type Lang = "zh" | "en";

const ZH = { ...app.zh, ...news.zh, ...government.zh, ...services.zh, ...me.zh, ...community.zh };
export type MessageKey = keyof typeof ZH;
// Typed by the Chinese words, so that a word which English lacks does not compile.
const EN: Record<MessageKey, string> = {
  ...app.en,
  ...news.en,
  ...government.en,
  ...services.en,
  ...me.en,
  ...community.en,
};

const KEY = "ronghui.lang";
const current = ref<Lang>(recall(KEY) === "en" ? "en" : "zh");

/** The language chosen; what reads it in a template or a computed value follows it. */
export const lang = computed(() => current.value);
/** The same, as HTML names it. */
export const langTag = computed(() => (current.value === "en" ? "en" : "zh-CN"));

export function setLang(next: Lang): void {
  current.value = next;
  remember(KEY, next);
}

/** The words for a key, with `{name}` replaced. */
export function t(key: MessageKey, values: Record<string, string | number> = {}): string {
  const words = (current.value === "en" ? EN : ZH)[key];
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** Whether there are words for a key that was put together from what the server said. */
export function isMessage(key: string): key is MessageKey {
  return Object.hasOwn(ZH, key);
}

/** The words for a key put together from what the server said; `otherwise` where this version has none yet. */
export function tMaybe(key: string, otherwise = ""): string {
  return isMessage(key) ? t(key) : otherwise;
}

export interface Named {
  name: string;
  name_en?: string;
}

/** A section, town or office by its name in the language chosen. */
export function nameOf(thing: Named | undefined): string {
  if (!thing) return "";
  return (current.value === "en" && thing.name_en) || thing.name;
}
