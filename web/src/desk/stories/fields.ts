/** What an editor may change of a story, as it is sent. */

import { formOf, type BlockForm } from "./editor/blocks";
import type { Media } from "./media";
import type { Story } from "./words";

export interface Source {
  name: string;
  kind: string;
  verified: boolean;
}

export interface Fields {
  headline: string;
  subtitle: string;
  summary: string;
  body: BlockForm[];
  section: string;
  towns: string[];
  class: string;
  sensitivity: string;
  priority: number;
  sources: Source[];
  targets: string[];
  byline: string;
  cover: string | null;
}

/** The lengths that the server allows. */
export const LIMITS = { headline: 60, subtitle: 100, summary: 500, byline: 100, source: 100 };
/** What fits everywhere: the shortest title that a channel takes. */
export const SHORT_TITLE = 30;

export function fieldsOf(story: Story): Fields {
  return {
    headline: story.headline,
    subtitle: story.subtitle,
    summary: story.summary,
    body: story.body.map(formOf),
    section: story.section,
    towns: [...story.towns],
    class: story.class,
    sensitivity: story.sensitivity,
    priority: story.priority,
    sources: story.sources.map(({ name, kind, verified }) => ({ name, kind, verified })),
    targets: [...story.targets],
    byline: story.byline,
    cover: (story.cover as Media | null)?.id ?? null,
  };
}

export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What is changed and can be sent: a headline that is empty for a moment, a source without a name are not. */
export function changed(now: Fields, base: Fields): Partial<Fields> {
  const sendable: Fields = { ...now, sources: now.sources.filter(({ name }) => name.trim()) };
  const names = (Object.keys(sendable) as (keyof Fields)[]).filter((name) => !isSame(sendable[name], base[name]));
  const isEmpty = (name: keyof Fields): boolean => (name === "headline" && !now.headline.trim()) || (name === "body" && !now.body.length);
  return Object.fromEntries(names.filter((name) => !isEmpty(name)).map((name) => [name, sendable[name]]));
}
