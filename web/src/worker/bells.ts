/**
 * What a push says is shown, and whoever touches it is led to the thing. The number of the installation stands in the
 * worker's own address, which the browser remembers for as long as the subscription.
 */

/** What a bell is about; `gone` where it is no longer so. */
interface About {
  kind?: string;
  id?: string;
  seq?: number;
  gone?: boolean;
}

/** What the house said (notifications/targets/web_push_message.py). */
interface Said {
  title?: string;
  body?: string;
  data: About;
  tag?: string;
  silent?: boolean;
}

/** What stands on the screen for a bell whose words are not for the screen: browsers demand something. */
const NAME = "融汇";

export function startBells(worker: ServiceWorkerGlobalScope): void {
  const installation = new URL(worker.location.href).searchParams.get("installation");

  worker.addEventListener("push", (event) => event.waitUntil(receive(read(event.data))));
  worker.addEventListener("notificationclick", (event) => {
    event.notification.close();
    const data: About = event.notification.data ?? {};
    event.waitUntil(Promise.all([lead(data), noteOpened(data)]));
  });

  function read(sent: PushMessageData | null): Said {
    try {
      const said = sent?.json() ?? {};
      return { ...said, data: said.data ?? {} };
    } catch {
      return { data: {} };
    }
  }

  async function receive({ title, body, data, tag, silent }: Said): Promise<void> {
    const pages = await openPages();
    for (const page of pages) page.postMessage({ type: "bell", kind: data.kind, id: data.id, seq: data.seq });
    if (data.gone) return takeAway(tag, pages);
    const isLoud = Boolean(title || body) && !silent;
    const shown = { data, silent: !isLoud, ...(tag ? { tag } : {}), ...(title && body ? { body } : {}) };
    // What takes the place of an older one under the same tag makes itself heard again only where it is told to.
    return worker.registration.showNotification(title || body || NAME, {
      ...shown,
      renotify: Boolean(tag) && isLoud,
    } as NotificationOptions);
  }

  /** Take what is no longer so off the screen. */
  async function takeAway(tag: string | undefined, pages: readonly WindowClient[]): Promise<void> {
    if (!tag) return;
    // Where no page is looked at, a browser counts a push that shows nothing, and in the end sends none any more.
    const isSeen = pages.some((page) => page.visibilityState === "visible");
    if (!isSeen) await worker.registration.showNotification(NAME, { tag, silent: true });
    for (const shown of await worker.registration.getNotifications({ tag })) shown.close();
  }

  /** Show the thing in a page that is open, or else in a new one. The page itself knows where each kind of thing is. */
  async function lead({ kind, id }: About): Promise<unknown> {
    if (!kind || !id) return worker.clients.openWindow("/");
    const [page] = await openPages();
    const address = `/#/bell/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`;
    if (!page) return worker.clients.openWindow(address);
    page.postMessage({ type: "open", kind, id });
    return page.focus();
  }

  async function noteOpened({ kind, id }: About): Promise<void> {
    if (!installation || !kind || !id) return;
    try {
      await fetch(`/api/v1/devices/${encodeURIComponent(installation)}/opened`, {
        method: "POST",
        credentials: "omit",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ kind, id }),
      });
    } catch {
      // Without a network it is not counted; the reader has other worries.
    }
  }

  /** The reader's pages; what else the house has opened, such as its documentation, shows no bells. */
  async function openPages(): Promise<readonly WindowClient[]> {
    const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
    return all.filter(({ url }) => new URL(url).pathname === "/");
  }
}
