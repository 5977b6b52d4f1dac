/** What the small script of the start (boot.ts) has begun to fetch, until the app takes it over. */

/** There is a copy on this phone already: set as soon as one has been read. */
export const COPIED = "ronghui.copied";

export interface Early {
  ronghuiEarly?: Promise<Response> | undefined;
}

/** The public snapshot, if it is on its way; once. */
export function takeEarly(): Promise<Response> | undefined {
  const holder = globalThis as Early;
  const answer = holder.ronghuiEarly;
  holder.ronghuiEarly = undefined;
  return answer;
}
