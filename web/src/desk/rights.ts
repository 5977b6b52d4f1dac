/** What the person who is signed in may do today. The server decides; this only spares everybody what it would refuse. */

import { computed, watch } from "vue";

import { me as signedIn } from "@/app/session";
import { sync, useThing } from "@/app/store";
import type { User } from "@/api/session";

const held = useThing<User>("me", () => signedIn.value?.id);

/** The person with their roles of now; null while nobody is signed in. */
export const me = computed<User | null>(() => held.value ?? signedIn.value);

const permissions = computed(() => new Set(me.value?.permissions ?? []));

/** Whether the person holds one of these permissions now (docs/roles.md). */
export function can(...wanted: string[]): boolean {
  return wanted.some((one) => permissions.value.has(one));
}

/** Whether the person holds this role now, at this office if one is named. */
export function holds(role: string, office?: string): boolean {
  return (me.value?.roles ?? []).some((grant) => grant.role === role && (!office || grant.office === office));
}

/** The offices the person works for now. */
export const offices = computed(() => [...new Set((me.value?.roles ?? []).flatMap(({ office }) => office ?? []))]);

/** Hold every stream of the desks one works at, as long as the frame stands: lists are there at once, and move. */
export function holdStreams(): void {
  const named = computed(() => (me.value?.streams ?? []).filter((one) => one !== "pub" && !one.startsWith("user:")).join(" "));
  watch(
    named,
    (names, _, onCleanup) => {
      const letGo = names.split(" ").filter(Boolean).map((one) => sync.watch(one));
      onCleanup(() => letGo.forEach((go) => go()));
    },
    { immediate: true },
  );
}
