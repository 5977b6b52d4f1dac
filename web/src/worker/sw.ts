/// <reference lib="webworker" />
/**
 * The service worker: it keeps the files of the app, so that it opens without a network, and rings the bells. What the
 * app knows it keeps by itself, in IndexedDB, and how its front page looked last (app/first.ts).
 */
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute, type PrecacheEntry } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";

import { startBells } from "./bells";
import { withFirst } from "./first";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (string | PrecacheEntry)[] };

// An open page keeps the files it began with until it is opened anew: their names differ, and both are served.
self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);
// The house has other pages beside the app: what is shared, the newspaper, its documentation. Those come from the house.
const shell = createHandlerBoundToURL("/?shell");
registerRoute(
  new NavigationRoute(async (asked) => withFirst(asked.request.url, await shell(asked)), { allowlist: [/^\/(\?.*)?$/] }),
);
startBells(self);
