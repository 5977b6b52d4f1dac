/** Lists that are asked for page by page, since no stream holds them whole; asked again when what they are of changes. */

import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";

import { useNews } from "@/app/store";

import { explain } from "./commands";

const REST_MS = 400;
// So many rows are read again when something changes; those further down stay as they were read.
const READ_AGAIN = 300;

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
  let next: string | null = null;
  let asked = 0;
  let rest: ReturnType<typeof setTimeout> | undefined;

  async function load(cursor?: string): Promise<void> {
    const mine = ++asked;
    isBusy.value = true;
    try {
      const page = await ask(cursor);
      if (mine !== asked) return;
      failure.value = "";
      next = page.next;
      hasMore.value = Boolean(next);
      rows.value = cursor ? [...rows.value, ...page.items] : page.items;
    } catch (error) {
      if (mine === asked) failure.value = explain(error);
    } finally {
      if (mine === asked) isBusy.value = false;
    }
  }

  /** Ask for all that is held, so that whoever has gone down a long list stays where they are. */
  async function again(): Promise<void> {
    const held = rows.value;
    const mine = ++asked;
    isBusy.value = true;
    try {
      const fresh: T[] = [];
      let page: { items: T[]; next: string | null } | null = null;
      do {
        page = await ask(page?.next ?? undefined);
        if (mine !== asked) return;
        fresh.push(...page.items);
      } while (page.next && fresh.length < Math.min(held.length, READ_AGAIN));
      const last = fresh.at(-1)?.id;
      const below = held.findIndex(({ id }) => id === last) + 1;
      const known = new Set(fresh.map(({ id }) => id));
      const kept = page.next && below ? held.slice(below).filter(({ id }) => !known.has(id)) : [];
      failure.value = "";
      // With what is kept stays the cursor at its end.
      if (!kept.length) next = page.next;
      hasMore.value = Boolean(next);
      rows.value = [...fresh, ...kept];
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

  /** Another question: from its beginning. */
  if (when) watch(when, () => load());
  // What a first reading of the streams brings may be younger than the list, which was asked for before it.
  useNews(({ changes }) => {
    if (changes.some(({ kind }) => kinds.includes(kind))) askSoon();
  });
  onScopeDispose(() => clearTimeout(rest));
  void load();
  return { rows, isBusy, failure, hasMore, again, more: () => (next && !isBusy.value ? load(next) : Promise.resolve()) };
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
