/** The bells: to everybody, and to the person signed in. */

import { computed, type ComputedRef } from "vue";

import { me } from "./session";
import { sync, useList } from "./store";
import { pathOf } from "./targets";
import { newestBy } from "./time";

export interface Bell {
  id: string;
  ver: number;
  title: string;
  text: string;
  about: { kind: string; id: string } | null;
  at: string;
  read_at: string | null;
}

interface ReadMark {
  bell: string;
}

/** The newest first. */
export function useBells(): ComputedRef<Bell[]> {
  return useList<Bell>("bell", { sort: newestBy("at") });
}

/**
 * What the person signed in has not looked at. A bell to everybody carries no mark of its own: that one was read is a
 * thing on the reader's stream.
 */
export function useUnread(): ComputedRef<Bell[]> {
  const bells = useBells();
  const marks = useList<ReadMark>("read");
  return computed(() => {
    if (!me.value) return [];
    const read = new Set(marks.value.map(({ bell }) => bell));
    return bells.value.filter(({ id, read_at }) => !read_at && !read.has(id));
  });
}

/** Marks are kept in the outbox: a bell that was read in a tunnel stays read. */
export async function markRead({ id }: Bell): Promise<void> {
  await sync.mutate("inbox.read", { ids: [id] });
}

export async function markAllRead(): Promise<void> {
  await sync.mutate("inbox.read", { all: true });
}

/** Where a bell leads within the app; null for one that is about nothing one could open. */
export function targetOf({ about }: Pick<Bell, "about">): string | null {
  return about ? pathOf(about.kind, about.id) : null;
}
