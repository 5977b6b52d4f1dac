/** The windows of the offices, which the map shows to find one's way by. They change rarely, and are kept on the phone. */

import { computed, type ComputedRef } from "vue";

import { get, type Schemas } from "@/api/client";

import { useKept } from "./kept";

export function useWindows(): ComputedRef<readonly Schemas["Window"][]> {
  const { data } = useKept(
    () => "windows",
    () => get("/windows"),
  );
  return computed(() => data.value?.items ?? []);
}
