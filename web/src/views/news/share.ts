/** Handing a thing on: by the phone's own way where it has one, else by its address. */

import { toast } from "@/app/toast";
import { t } from "@/i18n";

/** The address of a page that shows itself to those who have no app, too. */
function addressOf(kind: string, id: string): string {
  return `${location.origin}/s/${kind}/${encodeURIComponent(id)}`;
}

export async function share(kind: string, id: string, title: string): Promise<void> {
  const url = addressOf(kind, id);
  try {
    if (typeof navigator.share === "function") return await navigator.share({ title, url });
    await navigator.clipboard.writeText(url);
    toast(t("article.copied"));
  } catch (error) {
    // Whoever closes the phone's own sheet has changed their mind.
    if (error instanceof DOMException && error.name === "AbortError") return;
    toast(t("article.notCopied"), "error");
  }
}
