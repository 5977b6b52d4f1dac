/** Filing for somebody who called: only with their consent, and it is written down how and when they gave it. */

import { post, type Schemas } from "@/api/client";
import { catalog } from "@/app/catalog";

import { ask, type Values } from "../parts/ask";
import { CONSENTS } from "./words";

const OPTIONAL = ["address", "town"] as const;

function formOf(values: Values): Schemas["BehalfForm"] {
  const { service, title, text, phone, name, how, at, note } = values;
  const place = Object.fromEntries(OPTIONAL.filter((field) => field in values).map((field) => [field, values[field]]));
  const caller = { phone, ...(name ? { name } : {}) };
  const consent = { how, at, ...(note ? { note } : {}) };
  return { service, title, text, ...place, caller, consent } as Schemas["BehalfForm"];
}

/** Resolves to the id of what was filed. */
export async function fileOnBehalf(): Promise<string | undefined> {
  let filed: string | undefined;
  await ask({
    title: "替来电人登记",
    lead: "先在电话里念一遍内容、征得同意，再登记。来电人用这个手机号登录，就能看到进度。",
    fields: [
      { name: "phone", label: "来电人手机号", kind: "text", max: 24 },
      { name: "name", label: "称呼", kind: "text", max: 40, optional: true },
      { name: "service", label: "服务事项", kind: "choice", options: catalog.services.map(({ id, name }) => ({ value: id, label: name })) },
      { name: "title", label: "标题", kind: "text", max: 100 },
      { name: "text", label: "具体情况", kind: "area", max: 4000 },
      { name: "address", label: "地点", kind: "text", max: 200, optional: true },
      { name: "town", label: "街镇", kind: "choice", optional: true, options: catalog.towns.map(({ id, name }) => ({ value: id, label: name })) },
      { name: "how", label: "怎样同意的", kind: "choice", options: Object.entries(CONSENTS).map(([value, label]) => ({ value, label })), value: "phone" },
      { name: "at", label: "什么时候同意的", kind: "time", value: new Date().toISOString() },
      { name: "note", label: "同意的备注", kind: "text", max: 200, optional: true },
    ],
    confirm: "登记",
    send: async (values, key) => {
      filed = (await post("/desk/requests", { key, body: formOf(values) })).id;
    },
    done: "已登记，来电人会收到通知。",
  });
  return filed;
}
