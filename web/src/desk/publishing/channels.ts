/** The channels with what waits for each, asked for again when one of them or its queue moves. */

import { computed, type ComputedRef } from "vue";

import { get, type Schemas } from "@/api/client";

import { usePaged, type Paged } from "../parts/paged";

export type Channel = Schemas["Channel"];

export function useChannels(kinds: readonly string[] = ["channel"]): Paged<Channel> & { nameOf: ComputedRef<(id: string) => string> } {
  const paged = usePaged<Channel>(async () => ({ items: (await get("/kitchen/channels")).items, next: null }), { kinds });
  const nameOf = computed(() => {
    const names = new Map(paged.rows.value.map(({ id, name }) => [id, name]));
    return (id: string): string => names.get(id) ?? id;
  });
  return { ...paged, nameOf };
}
