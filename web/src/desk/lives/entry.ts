/** What is done to an entry, by one person at a time. Each resolves to whether it was done. */

import { post, type Schemas } from "@/api/client";

import { ask } from "../parts/ask";
import type { Command } from "../parts/commands";
import { keyOf } from "../parts/sendKey";
import { wordsOf, type Entry } from "./words";

function at(entry: { id: string; ver: number }): { path: { entry_id: string }; ifMatch: number } {
  return { path: { entry_id: entry.id }, ifMatch: entry.ver };
}

/** Readers have it at once. `key` says whether it matters; left out, it stays as its author said. */
export function show({ run }: Command, entry: Entry, key?: boolean): Promise<boolean> {
  const body: Schemas["ShowEntryForm"] = key === undefined ? {} : { key };
  return run(() => post("/editor/entries/{entry_id}/show", { ...at(entry), key: keyOf(`show.${key ?? ""}`, entry), body }), "已播出，读者看得到了。");
}

export function pin({ run }: Command, entry: Entry): Promise<boolean> {
  const verb = entry.pinned ? "unpin" : "pin";
  return run(() => post(`/editor/entries/{entry_id}/${verb}`, { ...at(entry), key: keyOf(verb, entry) }), entry.pinned ? "已取消置顶。" : "已置顶。");
}

export function dropCorrection({ run }: Command, entry: Entry): Promise<boolean> {
  return run(() => post("/editor/entries/{entry_id}/correct/drop", { ...at(entry), key: keyOf("drop", entry) }), "更正已放弃，读者看到的不变。");
}

export function withdraw(entry: Entry): Promise<boolean> {
  const wasShown = entry.no !== null;
  const words = wordsOf(entry);
  return ask({
    title: wasShown ? "撤回这一条" : "撤下这一条",
    lead: `“${words.length > 40 ? `${words.slice(0, 40)}……` : words}”${wasShown ? "读者马上看不到了，文字不再保留。" : "不播出了，文字不再保留。"}`,
    fields: [{ name: "reason", label: "理由", kind: "area", max: 300 }],
    confirm: wasShown ? "撤回" : "撤下",
    danger: true,
    send: (values, key) => post("/editor/entries/{entry_id}/withdraw", { ...at(entry), key, body: values as Schemas["LiveReasonForm"] }),
    done: wasShown ? "已撤回。" : "已撤下。",
  });
}
