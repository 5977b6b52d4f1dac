/** Keys of the desks. A page names its own while it stands; `?` shows those that work at this moment. */

import { onActivated, onDeactivated, onMounted, onUnmounted, ref, shallowReactive } from "vue";

import { asked } from "./ask";

export interface Key {
  /** As `KeyboardEvent.key` says it, or `Ctrl+s`, `Alt+ArrowUp`. */
  key: string;
  what: string;
  run: () => void;
  /** Works while somebody types, too. */
  always?: boolean;
}

export const keys = shallowReactive<Key[]>([]);
export const isHelpOpen = ref(false);

/** Keys that work as long as the page stands; of two with the same key the later one counts. */
export function useKeys(own: readonly Key[]): void {
  const add = (): void => own.forEach((one) => !keys.includes(one) && keys.push(one));
  const drop = (): void => own.forEach((one) => keys.includes(one) && keys.splice(keys.indexOf(one), 1));
  onMounted(add);
  onActivated(add);
  onDeactivated(drop);
  onUnmounted(drop);
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

// A dialog that Escape closes is gone by the time the key comes here; it was meant for the dialog all the same.
let isCovered = false;
addEventListener(
  "keydown",
  () => {
    isCovered = [...document.querySelectorAll("[role='dialog'][aria-modal='true']")].some((dialog) => dialog.getClientRects().length > 0);
  },
  { capture: true },
);

addEventListener("keydown", (event) => {
  if (event.isComposing || event.metaKey || asked.value || (isCovered && event.key === "Escape")) return;
  const name = `${event.ctrlKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.key}`;
  if (name === "?" && !isTyping(event)) {
    isHelpOpen.value = !isHelpOpen.value;
    return;
  }
  const found = keys.findLast((one) => one.key === name);
  if (!found || (isTyping(event) && !found.always)) return;
  event.preventDefault();
  found.run();
});
