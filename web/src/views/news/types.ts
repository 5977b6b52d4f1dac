/** What the news is made of, as it travels. */

import type { Schemas } from "@/api/client";
import { lang } from "@/i18n";

export type Block = Schemas["Block"];
export type Media = Schemas["Media"];
export type ServiceCard = Schemas["ServiceCard"];
export type Card = Omit<Schemas["Card"], "cover" | "translations"> & {
  cover: Media | null;
  translations: { en?: Translation };
};
/** An article of the copy carries its body; one of a list does not. */
export type Article = Card & { body?: Block[] };

export interface Translation {
  headline: string;
  summary: string;
  /** Plain text; an empty line ends a paragraph. */
  body: string;
}

export interface Words {
  lang: "zh-CN" | "en";
  headline: string;
  summary: string;
  /** Of a translation, its plain text. */
  text: string;
}

export interface Live {
  id: string;
  ver: number;
  state: string;
  headline: string;
  intro: string;
  section: string;
  towns: string[];
  cover: Media | null;
  story: string | null;
  opened_at: string | null;
  closed_at: string | null;
}

export interface LiveEntry {
  id: string;
  ver: number;
  live: string;
  no: number | null;
  body: Block[];
  byline: string;
  pinned: boolean;
  key: boolean;
  shown_at: string | null;
  corrected_at: string | null;
  note: string | null;
}

/** The words of an article in the language chosen; `lang` says which they are. */
export function wordsOf(article: Card, inOriginal = false): Words {
  const en = lang.value === "en" && !inOriginal ? article.translations.en : undefined;
  return en
    ? { lang: "en", headline: en.headline, summary: en.summary, text: en.body }
    : { lang: "zh-CN", headline: article.headline, summary: article.summary, text: "" };
}

export interface Special {
  id: string;
  ver: number;
  state: string;
  title: string;
  intro: string;
  cover: Media | null;
  groups: { title: string; articles: string[] }[];
  opened_at: string | null;
}
