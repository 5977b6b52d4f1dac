/** What the drawing of a page, its thumbnail and the words beside it say alike of a slot. */

import type { Schemas } from "@/api/client";

export type Issue = Schemas["Issue"];
export type Page = Schemas["PaperPage"];
export type Slot = Schemas["PaperSlot"];

/** A slot of an issue: as commands name it. */
export interface Place {
  page: number;
  slot: number;
}

/** What somebody holds in their hand: out of the tray, or from a slot. */
export interface Held {
  rendition: string;
  headline: string;
  from: Place | null;
}

export type Tone = "good" | "warn" | "bad" | "open" | "other";

/** How a slot stands, in one word for colours; the words for people are `fitOf`. */
export function toneOf(slot: Slot): Tone {
  if (slot.withdrawn_at) return "bad";
  if (slot.fit) return { fits: "good", underset: "warn", overset: "bad" }[slot.fit.state] as Tone;
  return slot.kind === "story" ? "open" : "other";
}

/** How the text fits, in as few words as a small box takes. */
export function fitOf(slot: Slot): string {
  const { fit } = slot;
  if (slot.withdrawn_at) return "已撤稿";
  if (!fit) return slot.kind === "story" ? "空着" : slot.kind_name;
  if (fit.headline_over && !fit.over) return `标题超 ${fit.headline_over} 字`;
  if (fit.state === "overset") return `溢 ${fit.over} 字`;
  if (fit.state === "underset") return `缺 ${fit.empty} 行`;
  return "正好";
}

export const isFree = (slot: Slot): boolean => slot.kind === "story" && !slot.rendition;
export const nameOf = (place: Place): string => `A${String(place.page).padStart(2, "0")}-${place.slot}`;

/** All that is to know of a slot, for whoever hears the page. */
export function heard(slot: Slot): string {
  if (!slot.headline) return `${slot.no} 号位，${slot.notice ? "更正启事" : fitOf(slot)}${slot.kind === "story" ? `，约 ${slot.max_chars} 字` : ""}`;
  const parts = [`${slot.no} 号位`, `《${slot.headline}》`, `${slot.chars ?? 0} 字`, slot.fit?.words ?? fitOf(slot), slot.stage ?? "", slot.picture ? "有图" : ""];
  return parts.filter(Boolean).join("，");
}

const SIDES = {
  ArrowRight: { along: "x", across: "y", sign: 1 },
  ArrowLeft: { along: "x", across: "y", sign: -1 },
  ArrowDown: { along: "y", across: "x", sign: 1 },
  ArrowUp: { along: "y", across: "x", sign: -1 },
} as const;
export type Arrow = keyof typeof SIDES;

export function isArrow(key: string): key is Arrow {
  return key in SIDES;
}

/** The next slot in a direction, as the eye goes: the nearest that lies wholly on that side, beside us before aslant. */
export function beside(slots: readonly Slot[], from: Slot, arrow: Arrow): Slot | undefined {
  const { along, across, sign } = SIDES[arrow];
  const size = { x: "w", y: "h" } as const;
  const start = (slot: Slot, axis: "x" | "y"): number => slot[axis];
  const end = (slot: Slot, axis: "x" | "y"): number => slot[axis] + slot[size[axis]];
  function distance(slot: Slot): number {
    const ahead = sign > 0 ? start(slot, along) - end(from, along) : start(from, along) - end(slot, along);
    if (ahead < 0) return Infinity;
    const aside = Math.max(0, start(slot, across) - end(from, across) + 1, start(from, across) - end(slot, across) + 1);
    // Among several that touch us, the one which begins where we do.
    return ahead * 10 + aside * 1000 + Math.abs(start(slot, across) - start(from, across));
  }
  const found = slots.filter((slot) => slot.no !== from.no && distance(slot) < Infinity);
  return found.sort((a, b) => distance(a) - distance(b))[0];
}
