/** What can be done with a story beside writing: shown where its state lets it and the person may. */

import { post, type Schemas } from "@/api/client";

import type { Field, Values } from "../parts/ask";
import { can, me } from "../rights";
import type { Story } from "./words";

/** States in which writing voids nothing that somebody has passed. */
export const EDITABLE = ["draft", "editing", "returned", "fast_open"];

export interface Action {
  verb: string;
  name: string;
  needs: string;
  lead?: string;
  fields?: Field[];
  danger?: boolean;
  main?: boolean;
  done: string;
  /** More than its state says. */
  when?: (story: Story) => boolean;
  send: (story: Story, values: Values, key: string) => Promise<Story>;
}

const REASON: Field = { name: "reason", label: "理由", kind: "area", max: 300 };
const MAYBE: Field = { ...REASON, optional: true };

type Plain = "take" | "spike" | "restore" | "archive" | "reopen";

function simple(verb: Plain): Action["send"] {
  return ({ id, ver }, values, key) =>
    post(`/editor/stories/{story_id}/${verb}`, { path: { story_id: id }, ifMatch: ver, key, body: values as Schemas["OptionalReasonForm"] });
}

/** Whoever has written a text does not sign it. */
function isByOthers(story: Story): boolean {
  return story.author?.id !== me.value?.id && !story.writers.some(({ id }) => id === me.value?.id);
}

const isCorrected = (story: Story): boolean => story.correction?.state === "drafted";

const ACTIONS: Action[] = [
  {
    verb: "submit", name: "送审", needs: "story.write", main: true, done: "已送审。",
    send: ({ id, ver }, _, key) => post("/editor/stories/{story_id}/submit", { path: { story_id: id }, ifMatch: ver, key }),
  },
  { verb: "take", name: "接稿", needs: "story.handle", lead: "稿件到编辑台上，状态变成“编辑中”。", done: "已接稿。", send: simple("take") },
  {
    verb: "sign", name: "签发快讯", needs: "breaking.sign", main: true, lead: "签发之后，读者马上看到。", done: "已签发，已经刊发。", when: isByOthers,
    send: ({ id, ver }, _, key) => post("/editor/breaking/{story_id}/sign", { path: { story_id: id }, ifMatch: ver, key }),
  },
  {
    verb: "publish", name: "刊发", needs: "story.publish", main: true, lead: "不填时间，就是现在。", done: "办好了。",
    fields: [{ name: "publish_at", label: "刊发时间", kind: "time", optional: true }],
    send: ({ id, ver }, values, key) =>
      post("/editor/stories/{story_id}/publish", { path: { story_id: id }, ifMatch: ver, key, body: values as Schemas["PublishForm"] }),
  },
  {
    verb: "sign_correction", name: "签发更正", needs: "correction.sign", main: true, lead: "读者马上看到新的文字和更正说明。", done: "更正已签发。", when: isCorrected,
    send: ({ id, ver }, _, key) => post("/editor/stories/{story_id}/correct/sign", { path: { story_id: id }, ifMatch: ver, key }),
  },
  {
    verb: "drop_correction", name: "放弃更正", needs: "story.handle", done: "已放弃，原来的文字不变。", when: isCorrected,
    send: ({ id, ver }, _, key) => post("/editor/stories/{story_id}/correct/drop", { path: { story_id: id }, ifMatch: ver, key }),
  },
  // The page turns to writing; what is written goes to the server in `StoryEditor`.
  { verb: "correct", name: "写更正", needs: "story.write", done: "", send: (story) => Promise.resolve(story) },
  {
    verb: "return", name: "退回编辑", needs: "story.handle", fields: [REASON], lead: "已经通过和签发的都作废，改好再送审。", done: "已退回。",
    send: ({ id, ver }, values, key) =>
      post("/editor/stories/{story_id}/return", { path: { story_id: id }, ifMatch: ver, key, body: values as Schemas["ReasonForm"] }),
  },
  { verb: "archive", name: "归档", needs: "story.handle", fields: [MAYBE], done: "已归档。", send: simple("archive") },
  { verb: "reopen", name: "重新启用", needs: "story.handle", fields: [MAYBE], done: "已重新启用。", send: simple("reopen") },
  { verb: "restore", name: "恢复", needs: "story.handle", main: true, fields: [MAYBE], done: "已恢复成草稿。", send: simple("restore") },
  { verb: "spike", name: "毙稿", needs: "story.handle", fields: [MAYBE], danger: true, lead: "稿件不再办，以后还可以恢复。", done: "已毙稿。", send: simple("spike") },
  {
    verb: "withdraw", name: "撤稿", needs: "story.withdraw", fields: [REASON], danger: true, lead: "所有渠道马上撤下，读者会看到撤稿说明。", done: "已撤稿。",
    send: ({ id, ver }, values, key) =>
      post("/editor/stories/{story_id}/withdraw", { path: { story_id: id }, ifMatch: ver, key, body: values as Schemas["ReasonForm"] }),
  },
];

/** Writing a correction while one waits would change what a colleague is about to sign. */
function fits(action: Action, story: Story): boolean {
  if (action.verb === "correct" && isCorrected(story)) return false;
  return !action.when || action.when(story);
}

export function actionsOf(story: Story): Action[] {
  return ACTIONS.filter((action) => story.allowed.includes(action.verb) && can(action.needs) && fits(action, story));
}
