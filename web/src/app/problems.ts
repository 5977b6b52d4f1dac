/** What went wrong, in the person's own language. The server's sentence says more than ours, where there is one. */

import { Problem } from "@/api/client";
import { t } from "@/i18n";

/** The rule that refused something, by its name in the server's answer. */
export function guardOf(error: unknown): string | undefined {
  return error instanceof Problem ? (error.body as { guard?: string }).guard : undefined;
}

export function wordsOf(error: unknown): string {
  if (!(error instanceof Problem)) return t("error.unknown");
  if (error.body.detail) return error.message;
  if (error.why === "refused") return t("error.unknown");
  return t(`error.${error.why}`);
}
