/** Sending somebody: drafting an assignment for a line of a dispatched topic, sending it, and handing it on. */

import { post, type Schemas } from "@/api/client";

import { ask, type Field, type Question } from "../parts/ask";
import { explain, tell } from "../parts/commands";
import type { Loaded } from "../parts/loaded";
import { overSeen } from "../parts/seen";
import { keyOf } from "../parts/sendKey";
import { REASON } from "./forms";
import { askCandidates, candidateOptions, equalShares } from "./people";
import { COVERAGE_KINDS } from "./words";

type Assignment = Schemas["Assignment"];

function arrangements(thing?: Assignment): Field[] {
  const text = (value?: string): { value: string } => ({ value: value ?? "" });
  return [
    { name: "place", label: "去哪里", kind: "text", max: 100, optional: true, ...text(thing?.place) },
    { name: "contact", label: "联系谁", kind: "text", max: 100, optional: true, ...text(thing?.contact) },
    { name: "gear", label: "带什么", kind: "text", max: 200, optional: true, ...text(thing?.gear) },
    { name: "safety_note", label: "安全提示", kind: "area", max: 300, optional: true, ...text(thing?.safety_note) },
  ];
}

/** Send reporters for one line of a topic; with nobody named, the house asks who has the least in hand. */
export async function sendReporters(topic: Schemas["Topic"], line: Schemas["Coverage"]): Promise<boolean> {
  const people = await askCandidates({ kind: line.kind, topic: topic.id }).catch(() => []);
  return ask({
    title: `派任务：${COVERAGE_KINDS[line.kind]}`,
    lead: people.length ? "记者按“会不会、手上多少”排在前面；不指定的话，由系统问排在最前的一位。" : "现在没有记者在岗；可以先拟好，有人上岗后再派。",
    fields: [
      { name: "reporters", label: "记者", kind: "choices", options: candidateOptions(people), optional: true },
      { name: "due", label: "什么时候交", kind: "time", value: line.due },
      ...arrangements(),
      { name: "emergency", label: "突发：两分钟内要答复", kind: "switch", value: topic.class === "emergency" },
    ],
    confirm: "派出",
    send: async ({ reporters, ...values }, key) => {
      const named = (reporters as string[] | undefined) ?? [];
      const form = { ...values, topic: topic.id, coverage_no: line.no, ...(named.length ? { reporters: equalShares(named) } : {}) };
      const draft = await post("/kitchen/assignments", { body: form as Schemas["AssignmentForm"], key });
      await dispatchDraft(draft);
    },
  });
}

/** The draft stands whatever becomes of this: a refusal is said, and it can be sent later. */
async function dispatchDraft(draft: Assignment): Promise<void> {
  try {
    const sent = await post("/kitchen/assignments/{assignment_id}/dispatch", { path: { assignment_id: draft.id }, ifMatch: draft.ver, key: keyOf("dispatch", draft) });
    tell(`已派给${sent.reporters.map(({ name }) => name).join("、")}，等答复。`);
  } catch (error) {
    tell(`任务已拟好，还没有派出。${explain(error)}`, "error");
  }
}

export function editAssignment(thing: Assignment, change: Question["send"]): Promise<boolean> {
  return ask({
    title: "修改任务",
    fields: [{ name: "due", label: "什么时候交", kind: "time", value: thing.due }, ...arrangements(thing)],
    confirm: "保存",
    send: (values, key) => change({ place: "", contact: "", gear: "", safety_note: "", ...values }, key),
    done: "已保存，记者会看到。",
  });
}

/** Hand it on; resolves to the assignment that takes its place. */
export async function reassign(thing: Assignment, loaded: Loaded<Assignment>): Promise<Assignment | null> {
  let successor: Assignment | null = null;
  const send = overSeen(loaded, async ({ id, ver }, values, key) => {
    const body = values as Schemas["ReassignForm"];
    successor = await post("/kitchen/assignments/{assignment_id}/reassign", { path: { assignment_id: id }, ifMatch: ver, key, body });
  });
  const people = await askCandidates({ kind: thing.kind, topic: thing.topic.id }).catch(() => []);
  const holders = new Set(thing.reporters.map(({ id }) => id));
  await ask({
    title: "改派",
    lead: "原来的任务留着记录，新的任务马上派出。",
    fields: [
      { name: "reporter", label: "改派给", kind: "choice", options: candidateOptions(people).filter(({ value }) => !holders.has(value)) },
      REASON,
    ],
    confirm: "改派",
    send,
    done: "已改派。",
  });
  return successor;
}

export function callOff(thing: Assignment, loaded: Loaded<Assignment>): Promise<boolean> {
  return ask({
    title: "取消任务",
    lead: thing.reporters.length ? `${thing.reporters.map(({ name }) => name).join("、")}会看到任务取消和理由。` : "",
    fields: [REASON],
    confirm: "取消任务",
    danger: true,
    send: overSeen(loaded, ({ id, ver }, values, key) =>
      post("/kitchen/assignments/{assignment_id}/cancel", { path: { assignment_id: id }, ifMatch: ver, key, body: values as Schemas["InterviewReasonForm"] })),
    done: "已取消。",
  });
}
