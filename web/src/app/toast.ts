/** Short messages over the page; the next one takes the place of the last. */

import { ref } from "vue";

const SHOWN_MS = 3500;
const ERROR_SHOWN_MS = 7000;

export type Tone = "info" | "error";
export const shown = ref<{ text: string; tone: Tone; no: number } | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;
let count = 0;

export function toast(text: string, tone: Tone = "info"): void {
  clearTimeout(timer);
  shown.value = { text, tone, no: ++count };
  timer = setTimeout(clearToast, tone === "error" ? ERROR_SHOWN_MS : SHOWN_MS);
}

export function clearToast(): void {
  clearTimeout(timer);
  shown.value = null;
}
