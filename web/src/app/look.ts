/** How the app looks on this phone: light or dark, the size of its text, and 长辈版. */

import { computed, ref, watchEffect } from "vue";

import { langTag } from "@/i18n";

import { recall, remember } from "./memory";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const SIZES = [0, 1, 2] as const;
export type Size = (typeof SIZES)[number];

const KEYS = { theme: "ronghui.theme", size: "ronghui.size", elder: "ronghui.elder" };
const GROUND = { light: "#ffffff", dark: "#171c1f" };

export const theme = ref<Theme>(THEMES.find((one) => one === recall(KEYS.theme)) ?? "auto");
export const size = ref<Size>(SIZES.find((one) => String(one) === recall(KEYS.size)) ?? 0);
export const elder = ref(recall(KEYS.elder) === "1");

const system = matchMedia("(prefers-color-scheme: dark)");
const isSystemDark = ref(system.matches);
system.addEventListener("change", ({ matches }) => (isSystemDark.value = matches));
export const isDark = computed(() => (theme.value === "auto" ? isSystemDark.value : theme.value === "dark"));

/** How tall ordinary letters are, in pixels, for what is drawn. */
export function letterSize(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

/** Keep the document as it was chosen. The style sheets look at `<html>` alone, so no view needs to know. */
export function startLook(): void {
  watchEffect(() => {
    const root = document.documentElement;
    root.lang = langTag.value;
    root.dataset["theme"] = isDark.value ? "dark" : "light";
    root.dataset["size"] = String(size.value);
    root.classList.toggle("elder", elder.value);
    remember(KEYS.theme, theme.value === "auto" ? null : theme.value);
    remember(KEYS.size, size.value === 0 ? null : String(size.value));
    remember(KEYS.elder, elder.value ? "1" : null);
    for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]'))
      meta.content = isDark.value ? GROUND.dark : GROUND.light;
  });
}
