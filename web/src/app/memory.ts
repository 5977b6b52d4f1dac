/** What this browser remembers by itself. One that forbids storage still gets the app, without a memory. */

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full or forbidden: then it lasts as long as the page.
  }
}

/** The same for things with parts; what cannot be read any more counts as never written. */
export function recallThing<T>(key: string, otherwise: T): T {
  try {
    return (JSON.parse(recall(key) ?? "null") as T | null) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function rememberThing(key: string, value: unknown): void {
  remember(key, JSON.stringify(value));
}
