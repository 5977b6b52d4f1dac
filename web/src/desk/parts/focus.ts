/**
 * Where the keyboard stands when what it stood on is gone: a button that was pressed and is not for this state any more, a
 * dialog, a row. Browsers put the focus at the head of the document then, and whoever works by keys walks all the way back.
 */

import { onScopeDispose, watch, type Ref } from "vue";

const isAt = (element: Element | null): boolean => element === null || element === document.body;

/** Give the focus back to the list of the page, or else to the page itself. */
function giveBack(main: HTMLElement): void {
  main.querySelector<HTMLElement>(".row-list")?.focus({ preventScroll: true });
  // On a phone the list is not there while one of its things is open.
  if (isAt(document.activeElement)) main.focus({ preventScroll: true });
}

export function useKeptFocus(main: Ref<HTMLElement | null>): void {
  let last: HTMLElement | null = null;
  const remember = ({ target }: FocusEvent): void => void (last = target instanceof HTMLElement ? target : null);
  // Whoever clicks on a place that takes no focus wants none.
  const forget = (): void => void (last = null);

  function look(): void {
    if (!last || !main.value || !isAt(document.activeElement)) return;
    const isGone = !last.isConnected || !last.getClientRects().length;
    // A button that works is out of use for a moment, and back after it.
    if (!isGone && last.matches(":disabled")) return;
    if (isGone) giveBack(main.value);
    else last.focus({ preventScroll: true });
  }

  const observer = new MutationObserver(look);
  watch(main, (element) => {
    observer.disconnect();
    if (element) observer.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["disabled"] });
  }, { immediate: true });
  addEventListener("focusin", remember);
  addEventListener("pointerdown", forget, { capture: true });
  onScopeDispose(() => {
    observer.disconnect();
    removeEventListener("focusin", remember);
    removeEventListener("pointerdown", forget, { capture: true });
  });
}
