/** What differs between a browser, a native app and a test. */

import type { Wire } from "./socket";

export interface Platform {
  /** Whether the device believes in its network; true where it cannot tell. */
  isOnline(): boolean;
  /** Calls back whenever that changes. Returns the way to stop. */
  onNetwork(fn: (online: boolean) => void): () => void;
  /** Opens a websocket to `/socket.io/?EIO=4&transport=websocket`. */
  dial(): Wire;
  /** Run something while no other instance on the same store (a tab) runs what has this name. */
  alone<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Call back once this instance is the only one that has this name; it keeps it until the returned function is called. */
  lead(name: string, fn: () => void): () => void;
  /** Words between the instances on one store. */
  channel(name: string, onMessage: (message: unknown) => void): { post(message: unknown): void; close(): void };
}

/** For an app that runs once on its device: there are no others to wait for. */
export const single: Pick<Platform, "alone" | "lead" | "channel"> = {
  alone: (_name, work) => work(),
  lead(_name, fn) {
    fn();
    return () => {};
  },
  channel: () => ({ post: () => {}, close: () => {} }),
};

/** Tabs of a browser, where it can keep them apart; elsewhere each behaves as if it were alone. Their store has a name. */
const tabs = (store: string): typeof single => ({
  alone: (name, work) => navigator.locks.request(`${store}:${name}`, work) as Promise<Awaited<ReturnType<typeof work>>>,
  lead(name, fn) {
    let release = (): void => {};
    const waiting = new AbortController();
    const held = new Promise<void>((resolve) => (release = resolve));
    navigator.locks
      .request(`${store}:${name}`, { signal: waiting.signal }, () => {
        fn();
        return held;
      })
      .catch(() => {}); // Given up before it was our turn.
    return () => {
      waiting.abort();
      release();
    };
  },
  channel(name, onMessage) {
    const channel = new BroadcastChannel(`${store}:${name}`);
    channel.onmessage = ({ data }) => onMessage(data);
    return { post: (message) => channel.postMessage(message), close: () => channel.close() };
  },
});

/** `store` is what the database is called: tabs of two apps on one origin have nothing to do with each other. */
export function browser(origin: string = location.origin, store = "ronghui"): Platform {
  return {
    ...("locks" in navigator && "BroadcastChannel" in globalThis ? tabs(store) : single),
    isOnline: () => navigator.onLine,
    onNetwork(fn) {
      const on = (): void => fn(true);
      const off = (): void => fn(false);
      addEventListener("online", on);
      addEventListener("offline", off);
      return () => {
        removeEventListener("online", on);
        removeEventListener("offline", off);
      };
    },
    dial: () => new WebSocket(socketUrl(origin)) as unknown as Wire,
  };
}

export function socketUrl(origin: string): string {
  return `${origin.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`;
}
