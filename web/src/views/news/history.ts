/**
 * What was read on this phone, and how far; it is never sent anywhere. Only ids are kept, so that the words of what is
 * withdrawn are not.
 */

import { ref } from "vue";

import { recallThing, rememberThing } from "@/app/memory";

export interface Visit {
  id: string;
  at: string;
  /** How far one had come, from 0 to 1. */
  far: number;
}

const KEY = "ronghui.history";
const MOST = 200;

export const visits = ref<Visit[]>(recallThing<Visit[]>(KEY, []));

export function visitOf(id: string): Visit | undefined {
  return visits.value.find((one) => one.id === id);
}

export function noteVisit(id: string, far: number): void {
  const others = visits.value.filter((one) => one.id !== id);
  visits.value = [{ id, at: new Date().toISOString(), far }, ...others].slice(0, MOST);
  rememberThing(KEY, visits.value);
}

export function forgetVisits(): void {
  visits.value = [];
  rememberThing(KEY, []);
}
