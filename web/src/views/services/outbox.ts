/** What was done here and has not reached the server yet, and what the server refused of it. */

import { computed, type ComputedRef } from "vue";

import { sync, useSyncState } from "@/app/store";
import type { Outcome, Pending } from "@/sync";

import type { Photo } from "./photos";

/** How long a form waits for the answer before it goes on: whoever has signal sees the case itself. */
const PATIENCE_MS = 4000;

/** Entries of the outbox by the name of what was done, the latest first. */
export function usePending(...names: string[]): ComputedRef<Pending[]> {
  const state = useSyncState();
  return computed(() => state.outbox.filter(({ name }) => names.includes(name)).reverse());
}

/** Send something with photos: they are uploaded when there is signal, and `file:<key>` stands for them until then. */
export function mutateWith(name: string, args: Record<string, unknown>, photos: readonly Photo[]): Promise<Outcome> {
  const ready = photos.flatMap(({ key, blob }) => (blob ? [[key, blob] as const] : []));
  if (ready.length === 0) return sync.mutate(name, args);
  return sync.mutate(name, { ...args, media: ready.map(([key]) => `file:${key}`) }, { files: Object.fromEntries(ready) });
}

/** What was answered in the time that a person waits gladly; null where it is sent later. */
export async function answerSoon(outcome: Promise<Outcome>): Promise<Outcome | null> {
  const later = new Promise<null>((resolve) => setTimeout(() => resolve(null), PATIENCE_MS));
  if (!navigator.onLine) return null;
  return Promise.race([outcome, later]);
}
