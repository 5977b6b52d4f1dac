/** What a screen reader is told of what arrives by itself; sighted people see it come. */

import { ref } from "vue";

export const spoken = ref("");

export function say(words: string): void {
  spoken.value = words;
}
