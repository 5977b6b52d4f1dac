/** The service worker (src/worker/): it keeps the app for when there is no network, and rings the bells. */

import { newKey } from "@/api/client";

import { recall, remember } from "./memory";
import { workerUrl } from "./trusted";

/** Not the number under which use is counted: nobody is to lay the one beside the other. */
const INSTALLATION = "ronghui.installation";

/** The number of this installation, made once. */
export function installation(): string {
  const id = recall(INSTALLATION) ?? newKey();
  remember(INSTALLATION, id);
  return id;
}

/** Have the worker in charge. Not before the first screen stands: the files it keeps would come in its way. */
export function startWorker(): void {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  const register = (): void => {
    const address = workerUrl(`/sw.js?installation=${installation()}`);
    navigator.serviceWorker.register(address).catch((error: unknown) => {
      // Without it the app is as it was, but for the next start without a network.
      console.warn(error);
    });
  };
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
