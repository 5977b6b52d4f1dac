/** The name of the screen: in the browser's tab, and what a screen reader hears first. */

import { onActivated, onDeactivated, onUnmounted, shallowRef, watchEffect, type Ref } from "vue";

import { t } from "@/i18n";

import { router } from "./router";

const own: Ref<(() => string) | null> = shallowRef(null);

/** Name the screen by what it shows; an empty name leaves the route's own. */
export function useTitle(name: () => string): void {
  const take = (): void => void (own.value = name);
  const leave = (): void => {
    if (own.value === name) own.value = null;
  };
  take();
  onActivated(take);
  onDeactivated(leave);
  onUnmounted(leave);
}

export function startTitles(): void {
  watchEffect(() => {
    const { meta } = router.currentRoute.value;
    const title = own.value?.() || (meta.title ? t(meta.title) : "");
    document.title = title ? `${title} · ${t("app.name")}` : t("app.name");
  });
}
