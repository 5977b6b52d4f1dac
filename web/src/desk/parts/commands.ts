/** Commands and what becomes of them: done is said shortly, a refusal with its reason and what can be done about it. */

import { ElMessage } from "element-plus";
import { ref, type Ref } from "vue";

import { Problem } from "@/api/client";
import { wordsOf } from "@/app/problems";

/** What a colleague can do about a refusal, where the server's sentence alone does not say it. */
const HINTS: Record<string, string> = {
  stale: "有人刚刚改过。页面上已经是最新的，请看过再办。",
  same_person: "这一步要由另一位同事来办。",
  role_forbidden: "可以请有这项权限的同事来办，或者请管理员看一下值班表。",
  locked: "对方交出之后，或者租约到期之后，就可以接着办。",
};

export function tell(text: string, type: "success" | "error" = "success"): void {
  ElMessage({ message: text, type, grouping: true, duration: type === "error" ? 15_000 : 4000, showClose: type === "error" });
}

/** A refusal in words: what the server said, each field it named, and what to do. */
export function explain(error: unknown): string {
  if (!(error instanceof Problem)) {
    console.error(error);
    return wordsOf(error);
  }
  const fields = (error.body.errors ?? []).map(({ message }) => message);
  // A guard of the newsroom tells itself what would satisfy it.
  const needs = error.body.needs ? `${error.body.needs}。` : (HINTS[error.code ?? ""] ?? "");
  const places = (error.body.findings ?? []).flatMap(({ slot }) => slot ?? []).join("、");
  const words = [wordsOf(error), places && `是 ${places}。`, ...fields, needs];
  return [...new Set(words.filter(Boolean))].join(" ");
}

export interface Command {
  busy: Ref<boolean>;
  /** Run `work` unless it runs already, and say `done` when it is. Returns whether it was. */
  run(work: () => Promise<unknown>, done?: string): Promise<boolean>;
}

/** One command at a time: whoever presses twice means it once. */
export function useCommand(): Command {
  const busy = ref(false);
  async function run(work: () => Promise<unknown>, done = ""): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await work();
      if (done) tell(done);
      return true;
    } catch (error) {
      tell(explain(error), "error");
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, run };
}
