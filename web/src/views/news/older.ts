/** Articles that are too old to be in the copy: fetched as somebody scrolls there, and kept as long as the page. */

import { computed, ref, shallowRef, type ComputedRef, type Ref } from "vue";

import { call } from "@/api/client";

import type { Card } from "./types";

const PAGE = 50;

interface FeedPage {
  items: Card[];
  next: string | null;
}

export interface Older {
  items: ComputedRef<Card[]>;
  /** Whether there may be more. */
  hasMore: Ref<boolean>;
  isFailing: Ref<boolean>;
  isBusy: Ref<boolean>;
  fetch(): Promise<void>;
}

/** The list of one channel. `isKnown` tells what the copy has already. */
export function olderOf(query: { section?: string; town?: string }, isKnown: (id: string) => boolean): Older {
  const found = shallowRef<Card[]>([]);
  const hasMore = ref(true);
  const isFailing = ref(false);
  const isBusy = ref(false);
  let cursor: string | null = null;

  async function fetch(): Promise<void> {
    if (isBusy.value || !hasMore.value) return;
    isBusy.value = true;
    isFailing.value = false;
    try {
      // Pages of what the copy has anyway are passed over, so that whoever scrolls always finds something new.
      for (let fresh: Card[] = []; fresh.length === 0 && hasMore.value; ) {
        const page: FeedPage = (await call("GET", "/feed", { query: { ...query, cursor, limit: PAGE } })) as FeedPage;
        cursor = page.next;
        hasMore.value = page.next !== null;
        fresh = page.items.filter(({ id }) => !isKnown(id));
        found.value = [...found.value, ...fresh];
      }
    } catch {
      isFailing.value = true;
    } finally {
      isBusy.value = false;
    }
  }
  return { items: computed(() => found.value.filter(({ id }) => !isKnown(id))), hasMore, isFailing, isBusy, fetch };
}
