/** What an alert is turned into: a topic, a lead, a correction, a citizen's request, or a reply. Something new, or what is there already. */

import { get, post, type Schemas } from "@/api/client";

import { ask, type Field, type Values } from "../parts/ask";
import type { Loaded } from "../parts/loaded";
import { overSeen } from "../parts/seen";
import { PRIORITIES } from "../planning/forms";
import { CLASSES, optionsOf } from "../planning/words";
import { SEVERITIES } from "../publishing/words";
import { can } from "../rights";

type Alert = Schemas["Alert"];
export type LinkKind = Schemas["AlertLink"]["kind"];

/** Each with what one has to be allowed besides, as what is made is another desk's. */
export const LINKS: Record<LinkKind, { name: string; needs: string[] }> = {
  topic: { name: "转选题", needs: ["topic.propose"] },
  lead: { name: "转线索", needs: ["lead.write"] },
  case: { name: "立案更正", needs: ["case.handle"] },
  request: { name: "关联诉求", needs: ["alert.work"] },
  reply: { name: "登记回应", needs: ["alert.work"] },
};
const EXISTING = "选了已有的，下面就不用填。";

export function mayLink(kind: LinkKind): boolean {
  return can("alert.work") && can(...LINKS[kind].needs);
}

async function known(kind: LinkKind): Promise<Field[]> {
  const query = { limit: 100 };
  const wanted = { kind: "choice" as const, name: "thing", optional: true, hint: EXISTING };
  if (kind === "topic") {
    const { items } = await get("/kitchen/topics", { query });
    return [{ ...wanted, label: "已有的选题", options: items.map(({ id, title }) => ({ value: id, label: title })) }];
  }
  if (kind === "lead") {
    const { items } = await get("/kitchen/leads", { query });
    return [{ ...wanted, label: "已有的线索", options: items.map(({ id, title }) => ({ value: id, label: title })) }];
  }
  if (kind === "case") {
    const [{ items }, stories] = await Promise.all([get("/kitchen/cases", { query }), get("/editor/stories", { query: { ...query, state: "live" } })]);
    return [
      { ...wanted, label: "已有的更正撤稿单", options: items.map(({ id, headline }) => ({ value: id, label: headline })) },
      { kind: "choice", name: "story", label: "哪篇稿件有差错", optional: true, options: stories.items.map(({ id, headline }) => ({ value: id, label: headline })) },
    ];
  }
  return [];
}

function own(kind: LinkKind, { title }: Alert): Field[] {
  const fields: Record<LinkKind, Field[]> = {
    topic: [
      { name: "title", label: "题目", kind: "text", max: 100, value: title },
      { name: "class", label: "类别", kind: "choice", options: optionsOf(CLASSES), value: "livelihood" },
      { name: "priority", label: "优先级", kind: "choice", options: PRIORITIES, value: "2" },
      { name: "angle", label: "角度", kind: "area", max: 500, optional: true },
    ],
    lead: [
      { name: "title", label: "标题", kind: "text", max: 100, value: title },
      { name: "place", label: "地点", kind: "text", max: 100, optional: true },
    ],
    case: [
      { name: "severity", label: "差错等级", kind: "choice", optional: true, options: Object.entries(SEVERITIES).map(([value, label]) => ({ value, label: `${value} ${label}` })) },
      { name: "reason", label: "差错在哪里", kind: "area", max: 300, optional: true },
    ],
    request: [{ name: "thing", label: "诉求编号", kind: "text", max: 60, hint: "市民诉求的编号；内容不会给编辑部看。" }],
    reply: [
      { name: "text", label: "回应了什么", kind: "area", max: 2000 },
      { name: "url", label: "回应的网址", kind: "text", max: 480 },
      { name: "at", label: "什么时候回应的", kind: "time", optional: true },
    ],
  };
  return fields[kind];
}

/** What exists is named by itself; whatever else stands in the form is of something new. */
function formOf(kind: LinkKind, values: Values): Schemas["AlertLinkForm"] {
  if ("thing" in values) return { kind, thing: values["thing"] } as Schemas["AlertLinkForm"];
  const { priority, ...rest } = values;
  return { kind, ...rest, ...(priority ? { priority: Number(priority) } : {}) } as Schemas["AlertLinkForm"];
}

export async function linkAlert(alert: Alert, kind: LinkKind, loaded: Loaded<Alert>): Promise<boolean> {
  const send = overSeen(loaded, ({ id, ver }, values, key) => post("/kitchen/alerts/{alert_id}/links", { path: { alert_id: id }, ifMatch: ver, key, body: formOf(kind, values) }));
  const there = await known(kind).catch(() => []);
  return ask({
    title: `${LINKS[kind].name}：${alert.title}`,
    lead: kind === "reply" ? "已经公开回应过的，写下原话和网址。" : "处置的结果两边都看得到：预警上列着它，它上面也写着来自这条预警。",
    fields: [...there, ...own(kind, alert)],
    confirm: LINKS[kind].name,
    send,
    done: "已登记处置。",
  });
}
