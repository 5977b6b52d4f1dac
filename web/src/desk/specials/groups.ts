/** The groups of a special while they are put in order. The server has ids; here each article has its headline too. */

import type { Schemas } from "@/api/client";

export interface Article {
  id: string;
  headline: string;
}
export interface Group {
  key: number;
  title: string;
  articles: Article[];
}

let keys = 0;

export function newGroup(title = "", articles: Article[] = []): Group {
  return { key: ++keys, title, articles };
}

export function groupsOf(special: Schemas["DeskSpecial"] | null, headlines: ReadonlyMap<string, string>): Group[] {
  const groups = (special?.groups ?? []).map(({ title, articles }) =>
    newGroup(title, articles.map((id) => ({ id, headline: headlines.get(id) ?? "（标题还没有读到）" }))),
  );
  return groups.length ? groups : [newGroup()];
}

/** What the server is told: groups without a word and without an article were only begun. */
export function formOf(groups: readonly Group[]): Schemas["SpecialGroupForm"][] {
  return groups
    .filter(({ title, articles }) => title.trim() || articles.length)
    .map(({ title, articles }) => ({ title: title.trim(), articles: articles.map(({ id }) => id) }));
}

export interface Place {
  group: number;
  at: number;
}

/** The place before or after this one: within the group, then over its edge into the next; null where there is none. */
export function beside(groups: readonly Group[], { group, at }: Place, by: 1 | -1): Place | null {
  const size = groups[group]?.articles.length ?? 0;
  if (at + by >= 0 && at + by < size) return { group, at: at + by };
  const next = groups[group + by];
  if (!next) return null;
  return { group: group + by, at: by > 0 ? 0 : next.articles.length };
}

/** The groups with one article taken from one place and put in another. */
export function moved(groups: readonly Group[], from: Place, to: Place): Group[] {
  const article = groups[from.group]?.articles[from.at];
  if (!article) return [...groups];
  const next = groups.map((one) => ({ ...one, articles: [...one.articles] }));
  next[from.group]?.articles.splice(from.at, 1);
  next[to.group]?.articles.splice(to.at, 0, article);
  return next;
}
