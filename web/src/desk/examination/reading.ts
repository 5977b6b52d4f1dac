/** How long a text has been in front of its reader: the time while the page was looked at. */

import { onScopeDispose, watch } from "vue";

export function useReadingTime(what: () => string | undefined): () => number {
  let read = 0;
  let since: number | null = null;

  function pause(): void {
    if (since !== null) read += Date.now() - since;
    since = null;
  }
  function go(): void {
    if (since === null && what() && document.visibilityState === "visible") since = Date.now();
  }
  const onLook = (): void => (document.visibilityState === "visible" ? go() : pause());

  watch(
    what,
    () => {
      read = 0;
      since = null;
      go();
    },
    { immediate: true },
  );
  document.addEventListener("visibilitychange", onLook);
  onScopeDispose(() => document.removeEventListener("visibilitychange", onLook));
  return () => {
    pause();
    go();
    return Math.min(read, 86_400_000);
  };
}
