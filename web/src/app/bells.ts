/** Pushes to this browser: turning them on and off, and what the worker (src/worker/) tells its pages. */

import { shallowRef } from "vue";

import { call, Problem } from "@/api/client";
import { lang } from "@/i18n";

import { router } from "./router";
import { onSession } from "./session";
import { sync } from "./store";
import { pushTarget } from "./targets";
import { installation } from "./worker";

/** How this browser is rung at present; null when it is not. */
export const subscription = shallowRef<PushSubscription | null>(null);

/** Whether this browser can be rung at all: none can on plain http, and an iPhone not before the app is installed. */
export function canRing(): boolean {
  return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

/** Whether it is rung; follows by itself in a template. */
export function isRinging(): boolean {
  return subscription.value !== null;
}

/**
 * Ask for permission, subscribe, and tell the server. Returns why not: the reader said no, or the browser's push
 * service is out of reach.
 */
export async function turnOn(): Promise<"refused" | "unable" | null> {
  if ((await Notification.requestPermission()) !== "granted") return "refused";
  const { key } = (await call("GET", "/push/web-key")) as { key: string };
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another key, or that the server was never told of, is of no use any more.
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }).catch(() => null);
  if (!made) return "unable";
  await tell(made);
  subscription.value = made;
  return null;
}

/** Be rung no more. What the server cannot be told now, it finds out at its next push. */
export async function turnOff(): Promise<void> {
  await subscription.value?.unsubscribe();
  subscription.value = null;
  await call("DELETE", `/devices/${installation()}`);
}

/** Have the server ring this browser for whoever is signed in now. */
async function tell(made: PushSubscription): Promise<void> {
  const { endpoint, keys } = made.toJSON();
  const locale = lang.value === "en" ? "en" : "zh-CN";
  await call("PUT", `/devices/${installation()}`, { body: { platform: "web", locale, web_push: { endpoint, keys } } });
}

/** Listen to the worker, and find out what is on from before. */
export async function startBells(): Promise<void> {
  if (!canRing()) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => hear(data as Said));
  onSession((event) => {
    if (event === "in" && subscription.value) tell(subscription.value).catch(() => {});
  });
  const worker = await navigator.serviceWorker.getRegistration("/");
  subscription.value = (await worker?.pushManager.getSubscription()) ?? null;
  if (subscription.value && !(await isKnown())) await tell(subscription.value);
}

/** Whether the server has not forgotten us: a push service that says once too often that we are gone makes it do so. */
async function isKnown(): Promise<boolean> {
  try {
    return ((await call("GET", `/devices/${installation()}`)) as { can_ring: boolean }).can_ring;
  } catch (problem) {
    return !(problem instanceof Problem && problem.status === 404);
  }
}

interface Said {
  type: string;
  kind: string;
  id: string;
}

function hear({ type, kind, id }: Said): void {
  if (type === "open") void router.push(pushTarget(kind, id));
  // A push that came through says that there is a way to the server, and something to fetch.
  else if (type === "bell" && sync.state !== "live") sync.wake();
}
