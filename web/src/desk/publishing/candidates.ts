/** What can be put onto a page or into a show: the newest renditions of one kind, each under its story's headline. */

import { get, type Schemas } from "@/api/client";

import type { Option } from "../parts/ask";
import { STATES } from "../stories/package/fields";

type Rendition = Schemas["StoryRendition"];

export interface Candidate {
  rendition: Rendition;
  headline: string;
}

const NEWEST = 100;

/** `fit` leaves out what does not belong there. */
export async function newest(kind: string, fit: (one: Rendition) => boolean = () => true): Promise<Candidate[]> {
  const { items } = await get("/kitchen/packages", { query: { limit: NEWEST } });
  return items.flatMap(({ renditions }) => {
    const headline = renditions.map(({ fields }) => (fields as { headline?: string }).headline).find(Boolean);
    return renditions.filter((one) => one.kind === kind && fit(one)).map((rendition) => ({ rendition, headline: headline ?? rendition.kind_name }));
  });
}

/** The same to choose from; `taken` are those that have their place already. */
export function toChoose(found: readonly Candidate[], taken: ReadonlySet<string>): Option[] {
  return found.map(({ rendition: { id, state }, headline }) => ({
    value: id,
    label: headline,
    hint: taken.has(id) ? "已经排上" : (STATES[state] ?? state),
    disabled: taken.has(id),
  }));
}

export async function candidates(kind: string, taken: ReadonlySet<string>, fit?: (one: Rendition) => boolean): Promise<Option[]> {
  return toChoose(await newest(kind, fit), taken);
}
