/** The text of an examination as it is read: named parts in their order, whether it is a story or one channel's own. */

import { get, type Schemas } from "@/api/client";
import type { Block } from "@/app/reading/types";

import type { ProvenExam } from "./exam";
import { FIELDS } from "./words";

export interface Part {
  /** A block's id, or the name of a field, as findings and returns name it. */
  id: string;
  field: string;
  label: string;
  /** A field's words; a part of the body has a block instead. */
  words?: string;
  block?: Block;
}

export interface ReadText {
  /** What a decision is bound to. */
  hash: string;
  ver: number;
  parts: Part[];
  about: { label: string; words: string }[];
  pending: Schemas["CorrectionUnderWay"] | null;
}

export async function readText({ target, story }: Pick<ProvenExam, "target" | "story">): Promise<ReadText> {
  return target.kind === "rendition" ? readRendition(target.id) : readStory(story.id);
}

function fieldsOf(fields: Record<string, unknown>, names: readonly string[]): Part[] {
  return names.flatMap((name) => {
    const value = fields[name];
    const words = Array.isArray(value) ? value.filter((one) => typeof one === "string").join("\n") : typeof value === "string" ? value : "";
    return words ? [{ id: name, field: name, label: FIELDS[name] ?? name, words }] : [];
  });
}

function blocksOf(blocks: readonly Block[]): Part[] {
  return blocks.map((block, index) => ({ id: block.id, field: "body", label: `第 ${index + 1} 段`, block }));
}

async function readStory(id: string): Promise<ReadText> {
  const story = await get("/editor/stories/{story_id}", { path: { story_id: id } });
  const sources = story.sources.map(({ name, verified }) => `${name}${verified ? "（已核实）" : "（未核实）"}`);
  const about = [
    { label: "署名", words: story.byline },
    { label: "来源", words: sources.join("、") },
    { label: "写过改过", words: [...new Set([story.author, ...story.writers].map(({ name }) => name))].join("、") },
  ].filter(({ words }) => words);
  return {
    hash: story.content_hash,
    ver: story.ver,
    parts: [...fieldsOf({ ...story }, ["headline", "subtitle", "summary"]), ...blocksOf(story.body as Block[])],
    about,
    pending: (story.correction as Schemas["CorrectionUnderWay"] | null) ?? null,
  };
}

async function readRendition(id: string): Promise<ReadText> {
  const { fields, text_hash, ver, kind_name, new_sentences } = await get("/kitchen/renditions/{rendition_id}", { path: { rendition_id: id } });
  const names = ["title", "headline", "digest", "push_text", "text", "script", "lower_thirds", "tags", "topics"];
  const body = Array.isArray(fields["body"]) ? (fields["body"] as Block[]) : [];
  return {
    hash: text_hash,
    ver,
    parts: [...fieldsOf(fields, names), ...blocksOf(body)],
    about: [
      { label: "渠道稿", words: kind_name },
      { label: "母稿没有的话", words: new_sentences.join(" ") },
    ].filter(({ words }) => words),
    pending: null,
  };
}
