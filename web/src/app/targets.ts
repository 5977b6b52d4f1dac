/** Where each kind of thing is read. */

const HOMES: Record<string, string> = {
  article: "/news/",
  live: "/news/live/",
  special: "/news/special/",
  notice: "/notices/",
  public_alert: "/notices/alerts/",
  work: "/notices/works/",
  service: "/services/new/",
  item: "/services/items/",
  request: "/services/requests/",
  public_request: "/services/cases/",
  tip: "/community/tips/",
  poll: "/community/polls/",
  gathering: "/community/gatherings/",
};

/** The address of a thing within the app, null for a kind that has no page. */
export function pathOf(kind: string, id: string): string | null {
  const home = HOMES[kind];
  return home ? home + encodeURIComponent(id) : null;
}

/** Where a push leads, by its data; a digest of several, and what has no page, to the messages. */
export function pushTarget(kind: string, id: string): string {
  const target = pathOf(kind, id) ?? "/me";
  // Which articles were opened from a push is counted (usage.ts).
  return kind === "article" ? `${target}?from=push` : target;
}
