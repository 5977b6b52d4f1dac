/** Addresses after the hash, as they have always been: `#/news/<id>`, `#/services/…`, `#/bell/<kind>/<id>`. */

import { ref } from "vue";
import { createRouter, createWebHashHistory, type RouteLocationNormalized, type RouteRecordRaw } from "vue-router";

import type { MessageKey } from "@/i18n";
import communityRoutes from "@/views/community/routes";
import governmentRoutes from "@/views/government/routes";
import meRoutes from "@/views/me/routes";
import newsRoutes from "@/views/news/routes";
import servicesRoutes from "@/views/services/routes";

import { pushTarget } from "./targets";

export const TABS = ["news", "notices", "services", "community", "me"] as const;
export type Tab = (typeof TABS)[number];

declare module "vue-router" {
  interface RouteMeta {
    /** The tab it belongs to; the bar below shows that one as current. */
    tab: Tab;
    /** Whether it is the tab's own screen: it is kept as it was left, with its place. */
    root?: boolean;
    /** The title until the screen knows a better one (`useTitle`). */
    title: MessageKey;
  }
}

const routes: RouteRecordRaw[] = [
  { path: "/", redirect: "/news" },
  ...newsRoutes,
  ...governmentRoutes,
  ...servicesRoutes,
  ...communityRoutes,
  ...meRoutes,
  {
    // The worker of the bells knows what a push is about, and not where that is shown.
    path: "/bell/:kind?/:id?",
    redirect: ({ params }) => pushTarget(String(params["kind"]), String(params["id"])),
  },
  {
    path: "/:missing(.*)*",
    component: () => import("./NotFound.vue"),
    meta: { tab: "news", title: "app.missing" },
  },
];

export const router = createRouter({ history: createWebHashHistory(), routes });

/** What scrolls. One element for all screens, as the bars around it stay. */
let scroller: HTMLElement | null = null;
const tops = new Map<string, number>();
/** What had the focus on a tab's own screen when it was left. */
const focused = new Map<string, HTMLElement>();
/** Whether the last move went back or forward in the browser's history. */
let popped = false;
/** Why the last move failed, as a part of the app that is not on the phone yet; null when it did not. */
export const failed = ref<{ to: RouteLocationNormalized } | null>(null);

export function scrollsIn(el: HTMLElement | null): void {
  scroller = el;
}

export function scrollElement(): HTMLElement | null {
  return scroller;
}

addEventListener("popstate", () => (popped = true));

function placeOf({ meta, fullPath }: RouteLocationNormalized): string {
  return meta.root ? `/${meta.tab}` : fullPath;
}

router.beforeEach((to, from) => {
  failed.value = null;
  if (!scroller || !from.matched.length) return;
  tops.set(placeOf(from), scroller.scrollTop);
  const { activeElement } = document;
  if (from.meta.root && activeElement instanceof HTMLElement && scroller.contains(activeElement))
    focused.set(placeOf(from), activeElement);
});

router.onError((error: unknown, to) => {
  // A part of the app that could not be fetched: without a network, or of a version that is gone.
  console.warn(error);
  failed.value = { to };
});

/** Where the screen that is shown now should stand: a tab where it was left, what one goes back to likewise. */
export function restoreScroll(to: RouteLocationNormalized): void {
  const remembered = to.meta.root || popped ? tops.get(placeOf(to)) : 0;
  popped = false;
  if (scroller) scroller.scrollTop = remembered ?? 0;
}

/** Give the focus back to where it was on a tab's own screen. Returns whether that is still there. */
export function restoreFocus(to: RouteLocationNormalized): boolean {
  const place = placeOf(to);
  const el = focused.get(place);
  focused.delete(place);
  if (!to.meta.root || !el?.isConnected) return false;
  el.focus({ preventScroll: true });
  return true;
}

export function scrollToTop(): void {
  scroller?.scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

/** Go back; to the tab's own screen where nothing of ours lies behind this one. */
export function goBack(): void {
  const hasPast = typeof (history.state as { back?: unknown } | null)?.back === "string";
  if (hasPast) router.back();
  else void router.replace(`/${router.currentRoute.value.meta.tab ?? "news"}`);
}
