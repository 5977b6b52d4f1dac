/** What a request is called on its way, and what its owner reads of it. */

import type { Schemas } from "@/api/client";
import { t, tMaybe } from "@/i18n";

/** `pending`: laid over the copy before the server has answered; it has no code yet, and is shown from the outbox. */
export type CitizenRequest = Schemas["Request"] & { pending?: string };
export type Step = Schemas["Step"];

export const WAY = ["filed", "accepted", "assigned", "in_progress", "replied", "closed"] as const;
export const OVER = ["closed", "declined"];
const ANSWERS = ["reply", "resolve", "answer"];

/** Whether the outbox shows it no more, so that a list has to. */
export function isListed(thing: { pending?: string }, outbox: readonly { key: string }[]): boolean {
  return thing.pending === undefined || !outbox.some(({ key }) => key === thing.pending);
}

export function stateWords({ state, supervised }: { state: string; supervised?: boolean }): string {
  const words = tMaybe(`state.${state}`, state);
  return supervised ? `${words} · ${t("request.supervised")}` : words;
}

/** A step is called after the state it led to, unless it led nowhere. */
export function nameOfStep({ action, state, office }: Step): string {
  return tMaybe(`action.${action === "message" && office ? "inform" : action}`) || tMaybe(`state.${state}`, state);
}

/** What the office said in the end. */
export function lastAnswer({ state, timeline }: CitizenRequest): Step | undefined {
  if (!["replied", "closed"].includes(state)) return undefined;
  return timeline.findLast(({ action, text }) => ANSWERS.includes(action) && text);
}

export function lasted(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return t("span.minutes", { n: minutes });
  if (minutes < 48 * 60) return t("span.hours", { n: Math.round(minutes / 60) });
  return t("span.days", { n: Math.round(minutes / 60 / 24) });
}
