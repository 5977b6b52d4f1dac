/** Which articles a channel shows, and in which order. */

import type { Card } from "./types";

const HOUR = 3_600_000;
const STRIP_AGE = 24 * HOUR;
const STRIP_MAX = 3;
/** Among how many of the newest the headline is looked for, and how old it may be beside the newest. */
const LEAD_AMONG = 8;
const LEAD_AGE = 24 * HOUR;

/** The channel of everything, and that of one's own town; any other is a section by its id. */
export const ALL = "";
export const TOWN = "@town";

export function belongs(article: Card, channel: string, town: string): boolean {
  if (channel === ALL) return true;
  if (channel === TOWN) return article.towns.includes(town);
  return article.section === channel;
}

/** Breaking news of the last day: it stands on top and not a second time below. */
export function urgent(articles: readonly Card[], moment: number): Card[] {
  const since = moment - STRIP_AGE;
  return articles.filter(({ breaking, published_at }) => breaking && Date.parse(published_at) > since).slice(0, STRIP_MAX);
}

/** The most important of the newest opens the page; it needs a picture to do so. A high number is a high priority. */
export function leadOf(articles: readonly Card[]): Card | undefined {
  const newest = Date.parse(articles[0]?.published_at ?? "");
  return articles
    .slice(0, LEAD_AMONG)
    .filter(({ cover, published_at }) => cover && newest - Date.parse(published_at) < LEAD_AGE)
    .reduce<Card | undefined>((best, one) => (best && best.priority >= one.priority ? best : one), undefined);
}
