/** What has just arrived by itself wears a mark for a moment. */

import { reactive } from "vue";

import type { Change } from "@/sync";

const FRESH_MS = 6000;
const fresh = reactive(new Set<string>());

export function noteArrivals(changes: readonly Change[]): void {
  for (const { op, kind, id } of changes) {
    const name = `${kind}/${id}`;
    if (op === "del") fresh.delete(name);
    else if (!fresh.has(name)) {
      fresh.add(name);
      setTimeout(() => fresh.delete(name), FRESH_MS);
    }
  }
}

export function isFresh(kind: string, id: string): boolean {
  return fresh.has(`${kind}/${id}`);
}
