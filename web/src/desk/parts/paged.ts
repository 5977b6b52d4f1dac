/** Lists that are asked for page by page, since no stream holds them whole; asked again when what they are of changes. */

import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { useNews } from "@/app/store";

import { explain } from "./commands";

const REST_MS = 400;

export interface Paged<T> {
  rows: ShallowRef<T[]>;
  isBusy: Ref<boolean>;
  /** Why the last question failed, in words; empty when it did not. */
  failure: Ref<string>;
  hasMore: Ref<boolean>;
  more(): Promise<void>;
  again(): Promise<void>;
}

/**
 * @param ask one page of the list after `cursor`; it may read refs that `when` gives
 * @param options.when asked anew whenever this changes
 * @param options.kinds asked anew whenever something of these kinds comes over the line
 */
export function usePaged<T extends { id: string }>(
  ask: (cursor: string | undefined) => Promise<{ items: T[]; next: string | null }>,
  { when, kinds = [] }: { when?: () => unknown; kinds?: readonly string[] } = {},
): Paged<T> {
  const rows = shallowRef<T[]>([]);
  const isBusy = ref(false);
  const failure = ref("");
  const hasMore = ref(false);
  let next: string | undefined;
  let asked = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;

  /** Ask from `cursor` on, behind the rows `before` it, until there are `least` rows. */
  async function load(cursor: string | undefined, before: readonly T[], least: number): Promise<void> {
    const mine = ++asked;
    isBusy.value = true;
    try {
      const found = [...before];
      let at = cursor;
      do {
        const page = await ask(at);
        if (mine !== asked) return;
        found.push(...page.items);
        at = page.next ?? undefined;
      } while (at && found.length < least);
      failure.value = "";
      next = at;
      hasMore.value = Boolean(at);
      rows.value = found;
    } catch (error) {
      if (mine === asked) failure.value = explain(error);
    } finally {
      if (mine === asked) isBusy.value = false;
    }
  }

  /** A burst of changes is one question; where they never stop there is one after the other, each answered first. */
  function askSoon(): void {
    rest ??= setTimeout(() => {
      rest = undefined;
      if (isBusy.value) askSoon();
      else void again();
    }, REST_MS);
  }

  // Whoever has gone down the list by some pages is not thrown back to its head because something has moved.
  const again = (): Promise<void> => load(undefined, [], rows.value.length);
  if (when) watch(when, () => load(undefined, [], 0));
  // What a first reading of the streams brings may be younger than the list, which was asked for before it.
  useNews(({ changes }) => {
    if (changes.some(({ kind }) => kinds.includes(kind))) askSoon();
  });
  onScopeDispose(() => clearTimeout(rest));
  void again();
  return { rows, isBusy, failure, hasMore, again, more: () => (next && !isBusy.value ? load(next, rows.value, 0) : Promise.resolve()) };
}

/** Read a list to its end, page by page: for short lists that no stream tells of. */
export async function readAll<T>(
  ask: (query: { limit: number; cursor?: string }) => Promise<{ items: T[]; next: string | null }>,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: T[]; next: string | null } = await ask({ limit: 100, ...(cursor ? { cursor } : {}) });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return found;
}
