/** The commands of the command desk, each asked for with what it needs (docs/board.md). */

import { get, post, type Schemas } from "@/api/client";

import { ask, type Option, type Question } from "../parts/ask";
import { PRIORITIES } from "./words";

export function setPriority(kind: "assignment" | "story" | "topic", id: string, title: string): Promise<boolean> {
  return ask({
    title: "调整缓急",
    lead: title,
    fields: [
      {
        name: "priority",
        label: "排到",
        kind: "choice",
        options: PRIORITIES.map((label, index) => ({ value: String(index + 1), label })),
      },
      { name: "reason", label: "理由", kind: "area", max: 300 },
    ],
    confirm: "调整",
    send: ({ priority, reason }, key) =>
      post("/kitchen/priority", { key, body: { kind, id, priority: Number(priority), reason: reason as string } }),
    done: "缓急已调整，记入调度记录。",
  });
}

/** The people whom one can call together, as the house lists them. */
async function colleagues(): Promise<Option[]> {
  const { items, shared } = await get("/kitchen/units");
  const people = new Map([...items, shared].flatMap((crew) => crew.people.map((one) => [one.id, one] as const)));
  return [...people.values()]
    .sort((a, b) => Number(b.on_duty) - Number(a.on_duty) || a.name.localeCompare(b.name, "zh"))
    .map(({ id, name, title, on_duty: isOnDuty }) => ({
      value: id,
      label: name,
      hint: [title, isOnDuty ? "" : "今天不在班"].filter(Boolean).join("，"),
    }));
}

export async function callMeeting(): Promise<boolean> {
  const people = await colleagues();
  return ask({
    title: "召集会商",
    lead: "报题会和临时会商都在这里召集，议题和决议记在会议上。",
    fields: [
      { name: "title", label: "会议名称", kind: "text", max: 100 },
      { name: "at", label: "时间", kind: "time" },
      { name: "attendees", label: "参加的人", kind: "choices", options: people, optional: true },
      { name: "minutes", label: "议题", kind: "area", max: 2000, optional: true },
    ],
    confirm: "召集",
    send: (values, key) => post("/kitchen/meetings", { key, body: { minutes: "", ...values } as Schemas["MeetingForm"] }),
    done: "会商已经召集。",
  });
}

export async function issueDirective(): Promise<boolean> {
  const { items, shared } = await get("/kitchen/units");
  const desks = [...items.flatMap((unit) => unit.desks.map((desk) => ({ ...desk, hint: unit.name }))), ...shared.desks.map((desk) => ({ ...desk, hint: "" }))];
  return ask({
    title: "下达指令",
    lead: "点到的工作台都要签收；五分钟没有签收会告警。",
    fields: [
      { name: "from", label: "来自", kind: "text", max: 100, hint: "谁要求的，例如区委宣传部、总编室" },
      { name: "text", label: "要求", kind: "area", max: 2000 },
      { name: "desks", label: "下达给", kind: "choices", options: desks.map(({ id, name, hint }) => ({ value: id, label: name, hint })) },
      { name: "due", label: "期限", kind: "time", optional: true },
    ],
    confirm: "下达",
    send: (values, key) => post("/kitchen/directives", { key, body: { due: null, ...values } as Schemas["DirectiveForm"] }),
    done: "指令已经下达，等各工作台签收。",
  });
}

export function haltChannels(channels: readonly Option[], chosen: string[] = []): Promise<boolean> {
  return onChannels("halt", channels, chosen, {
    title: "停发",
    lead: "停发以后，排队的稿件留在队里，已经发出的不受影响。一个都不选，就是全部停发。",
    confirm: "停发",
    danger: true,
    done: "已经停发。",
  });
}

export function resumeChannels(channels: readonly Option[], chosen: string[] = []): Promise<boolean> {
  return onChannels("resume", channels, chosen, {
    title: "恢复刊发",
    lead: "排队的稿件会接着发出。一个都不选，就是全部恢复。",
    confirm: "恢复刊发",
    done: "已经恢复刊发。",
  });
}

function onChannels(verb: "halt" | "resume", channels: readonly Option[], chosen: string[], words: Omit<Question, "send" | "fields">): Promise<boolean> {
  return ask({
    ...words,
    fields: [
      { name: "channels", label: "渠道", kind: "choices", options: [...channels], value: chosen, optional: true },
      { name: "reason", label: "理由", kind: "area", max: 300 },
    ],
    send: (values, key) => post(`/kitchen/${verb}`, { key, body: values as Schemas["HaltForm"] }),
  });
}

/** Withdraw a story wherever it is; without one given, of those that are out now. */
export async function withdrawEverywhere(story?: { id: string; title: string }): Promise<boolean> {
  const live = story ? [] : (await get("/editor/stories", { query: { state: "live", limit: 100 } })).items;
  const isDone = await ask({
    title: "全网撤稿",
    lead: `${story ? `《${story.title}》` : "选中的稿件"}会立刻从客户端和所有渠道撤下，正在排队的一并取消。撤下以后不能直接恢复。`,
    fields: [
      ...(story
        ? []
        : [
            {
              name: "story",
              label: "稿件",
              kind: "choice" as const,
              options: live.map(({ id, headline }) => ({ value: id, label: headline })),
              hint: "可以输入标题里的字来找；这里列出最近变动的一百篇在线稿件。",
            },
          ]),
      { name: "reason", label: "理由", kind: "area", max: 300, optional: true, hint: "来不及写可以先撤，一小时内补上。读者会看到理由。" },
    ],
    confirm: "立即撤稿",
    danger: true,
    send: (values, key) =>
      post("/kitchen/cases", { key, body: { kind: "withdrawal", ...(story && { story: story.id }), ...values } as Schemas["CaseForm"] }),
    done: "撤稿已经发往所有渠道，各渠道的进度在「处置」一栏。",
  });
  return isDone;
}

export function giveReason(caseId: string, title: string): Promise<boolean> {
  return ask({
    title: "补写撤稿理由",
    lead: title,
    fields: [{ name: "reason", label: "理由", kind: "area", max: 300, hint: "读者会看到。" }],
    confirm: "写明",
    send: ({ reason }, key) => post("/kitchen/cases/{case_id}/reason", { key, path: { case_id: caseId }, body: { reason: reason as string } }),
    done: "理由已经写明。",
  });
}

export async function acknowledge(id: string, desks: readonly Option[]): Promise<boolean> {
  const directive = await get("/kitchen/directives/{directive_id}", { path: { directive_id: id } });
  const own = desks.find(({ disabled }) => !disabled)?.value;
  return ask({
    title: "签收指令",
    lead: `${directive.from}：${directive.text}`,
    fields: [{ name: "desk", label: "代表", kind: "choice", options: [...desks], ...(own && { value: own }) }],
    confirm: "签收",
    send: ({ desk }, key) =>
      post("/kitchen/directives/{directive_id}/ack", { key, path: { directive_id: id }, ifMatch: directive.ver, body: { desk: desk as string } }),
    done: "已经签收。",
  });
}

export async function finishDirective(id: string): Promise<boolean> {
  const directive = await get("/kitchen/directives/{directive_id}", { path: { directive_id: id } });
  return ask({
    title: "办结指令",
    lead: `${directive.from}：${directive.text}`,
    confirm: "办结",
    send: (_, key) => post("/kitchen/directives/{directive_id}/done", { key, path: { directive_id: id }, ifMatch: directive.ver }),
    done: "指令已经办结。",
  });
}

export function takeDuty(relieved?: string): Promise<boolean> {
  return ask({
    title: relieved ? `接管${relieved}的值班` : "上岗",
    lead: relieved ? "当班同事无法交班时，由总编写明理由接管。" : "上岗以后，全台的事由您负责，直到下一位接班。",
    fields: relieved ? [{ name: "reason", label: "理由", kind: "area", max: 300 }] : [],
    confirm: relieved ? "接管" : "上岗",
    danger: Boolean(relieved),
    send: (values, key) => post("/kitchen/duty/take", { key, body: values as Schemas["TakeDutyForm"] }),
    done: "您已经上岗。",
  });
}

export function offerDuty(people: readonly Option[]): Promise<boolean> {
  return ask({
    title: "交班",
    lead: "对方逐项看过清单、接班以后，您才下岗；十分钟没有答复会告诉领导。",
    fields: [
      { name: "to", label: "交给", kind: "choice", options: [...people], hint: people.length ? "" : "现在没有别的值班调度或总编在班。" },
      { name: "note", label: "交代", kind: "area", max: 2000, hint: "清单以外还要知道的事" },
    ],
    confirm: "交班",
    send: (values, key) => post("/kitchen/duty/handovers", { key, body: values as Schemas["HandoverForm"] }),
    done: "已经交给对方，等对方接班。",
  });
}

export function answerDuty(verb: "decline" | "withdraw", handover: Schemas["Handover"]): Promise<boolean> {
  const words = verb === "decline" ? "谢绝接班" : "收回交班";
  return ask({
    title: words,
    lead: verb === "decline" ? `${handover.from.name}会继续值班，并看到理由。` : `${handover.to.name}不用再接，您继续值班。`,
    fields: [{ name: "reason", label: "理由", kind: "area", max: 300 }],
    confirm: words,
    send: ({ reason }, key) =>
      post(`/kitchen/duty/handovers/{handover_id}/${verb}`, {
        key,
        path: { handover_id: handover.id },
        ifMatch: handover.ver,
        body: { reason: reason as string },
      }),
    done: verb === "decline" ? "已经谢绝。" : "已经收回。",
  });
}
