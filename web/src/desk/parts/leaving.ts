/** Whoever leaves a form with something typed in it is asked first. */

import { onBeforeUnmount, onMounted } from "vue";
import { onBeforeRouteLeave, onBeforeRouteUpdate } from "vue-router";

import { ask } from "./ask";

export function useLeaving(isDirty: () => boolean): void {
  const question = (): Promise<boolean> | true =>
    !isDirty() ||
    ask({ title: "写了的还没有保存", lead: "现在离开，没有保存的内容就没有了。", confirm: "不保存，离开", danger: true, send: async () => undefined });
  onBeforeRouteLeave(question);
  onBeforeRouteUpdate(question);
  const warn = (event: BeforeUnloadEvent): void => {
    if (isDirty()) event.preventDefault();
  };
  onMounted(() => addEventListener("beforeunload", warn));
  onBeforeUnmount(() => removeEventListener("beforeunload", warn));
}
