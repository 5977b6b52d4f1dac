/** What can be put onto a page or into a show: the newest renditions of one kind, each under its story's headline. */

import { get, type Schemas } from "@/api/client";

import type { Option } from "../parts/ask";

type Rendition = Schemas["StoryRendition"];

const NEWEST = 100;
const OUT = ["cleared", "live"];

/** `taken` are those that have their place already; `fit` leaves out what does not belong there. */
export async function candidates(kind: string, taken: ReadonlySet<string>, fit: (one: Rendition) => boolean = () => true): Promise<Option[]> {
  const { items } = await get("/kitchen/packages", { query: { limit: NEWEST } });
  return items.flatMap(({ renditions }) => {
    const headline = renditions.map(({ fields }) => (fields as { headline?: string }).headline).find(Boolean);
    return renditions
      .filter((one) => one.kind === kind && fit(one))
      .map((one) => ({
        value: one.id,
        label: headline ?? one.kind_name,
        hint: taken.has(one.id) ? "已经排上" : OUT.includes(one.state) ? "已放行" : "还没有放行",
        disabled: taken.has(one.id),
      }));
  });
}
