/**
 * Who is signed in. The tokens outlive the page, so that what was filed offline is sent after a restart; they are
 * good for one exchange, so tabs take turns and look whether another has done it already.
 */

import { callUnsigned, del, newKey, post, Problem, useKeys, type Schemas, type Tokens } from "./client";

export type User = Schemas["Me"];
/** `expired`: the server knows our sign-in no longer. `renewed`: the same person, with fresh tokens. */
export type SessionEvent = "in" | "out" | "expired" | "renewed";

/**
 * Tokens, and when they came by our clock, in milliseconds. `key` names their exchange once it has been begun: who asks
 * again with it, even after a restart, is no thief but has not heard the answer.
 */
export type Kept = Tokens & { at: number; key?: string };

/** Where tokens are kept; a native app puts its keychain here. */
export interface Vault {
  load(): Kept | null;
  save(tokens: Kept | null): void;
  /** Calls back when another tab has saved something. */
  watch(fn: () => void): void;
}

/** The desks and the citizens' app keep their sign-ins apart, on one origin. */
const KEY = `${__APP__}.tokens`;
/** Before a token runs out, so that neither a call nor the socket ever meets a stale one. */
const EARLY_S = 60;
const AGAIN_MS = 15_000;

/** Storage that is forbidden (private mode, a full disk) makes the sign-in last as long as the page. */
export const browserVault: Vault = {
  load() {
    try {
      return JSON.parse(localStorage.getItem(KEY) ?? "null") as Kept | null;
    } catch {
      return null;
    }
  },
  save(tokens) {
    try {
      if (tokens) localStorage.setItem(KEY, JSON.stringify(tokens));
      else localStorage.removeItem(KEY);
    } catch {
      // The tokens stay in memory.
    }
  },
  watch: (fn) => window.addEventListener("storage", ({ key }) => key === KEY && fn()),
};

export class Session {
  #tokens: Kept | null = null;
  #listeners = new Set<(event: SessionEvent) => void>();
  #renewing: Promise<void> | null = null;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly vault: Vault) {
    this.#tokens = vault.load();
    if (this.#tokens) this.#plan(this.#tokens);
    vault.watch(() => this.#follow());
    useKeys({ access: () => this.#tokens?.access_token, person: () => this.user?.id, renew: (used) => this.renew(used) });
  }

  get user(): User | null {
    return this.#tokens?.user ?? null;
  }

  /** Told whenever somebody signs in or out and whenever the tokens are fresh. Returns the way to stop. */
  subscribe(fn: (event: SessionEvent) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** Have a code sent. Returns the code itself, which only the demo server tells. */
  async sendCode(phone: string): Promise<string | undefined> {
    const sent = await post("/auth/codes", { body: { phone } });
    return sent.demo_code;
  }

  async signIn(phone: string, code: string): Promise<void> {
    this.#take(fresh(await callUnsigned("POST", "/auth/tokens", { grant: "sms", phone, code })), "in");
  }

  /**
   * Sign in as staff; `totp` where the person has a second factor.
   * @throws Problem `totp_required` when that is missing
   */
  async signInStaff(username: string, password: string, totp?: string): Promise<void> {
    const form = { grant: "password", username, password, ...(totp ? { totp } : {}) };
    this.#take(fresh(await callUnsigned("POST", "/auth/tokens", form)), "in");
  }

  /** Sign out here at once, and on the server when it can be reached. */
  async signOut(): Promise<void> {
    // Begun before the token is forgotten. Where it fails, the sign-in is still listed among the person's devices.
    const told = del("/auth/tokens").catch(() => {});
    this.#take(null, "out");
    await told;
  }

  /**
   * Exchange the tokens, unless that has been done since `used` was current. Those who meet share one exchange.
   * @throws Problem when the server could not be asked
   */
  async renew(used = this.#tokens?.access_token): Promise<void> {
    if (this.#tokens?.access_token !== used) return;
    this.#renewing ??= alone(() => this.#exchange(used)).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #exchange(used: string | undefined): Promise<void> {
    const stored = this.vault.load();
    // Another tab was faster; asking with our old token would end the whole sign-in.
    if (stored && stored.access_token !== used) return this.#take(stored, "renewed", false);
    if (!this.#tokens) return;
    const key = stored?.key ?? this.#tokens.key ?? newKey();
    this.#tokens = { ...this.#tokens, key };
    this.vault.save(this.#tokens);
    // The old token says who asks: staff are served even while the public is put off.
    const { refresh_token, access_token } = this.#tokens;
    const form = { grant: "refresh", refresh_token, access_token };
    try {
      this.#take(fresh(await callUnsigned("POST", "/auth/tokens", form, key)), "renewed");
    } catch (error) {
      if (!(error instanceof Problem) || error.isPassing) throw error;
      this.#take(null, "expired");
    }
  }

  /** What another tab did is done here too. */
  #follow(): void {
    const stored = this.vault.load();
    if (stored?.access_token === this.#tokens?.access_token) return;
    this.#take(stored, !stored ? "out" : stored.user.id === this.user?.id ? "renewed" : "in", false);
  }

  #take(tokens: Kept | null, event: SessionEvent, save = true): void {
    clearTimeout(this.#renewal);
    this.#tokens = tokens;
    if (save) this.vault.save(tokens);
    if (tokens) this.#plan(tokens);
    for (const fn of this.#listeners) fn(event);
  }

  /** Renew in time; at once where that has passed while we were closed. */
  #plan({ access_token, expires_in, at }: Kept): void {
    const renew = (): void => {
      // Without an answer we are still signed in and ask again: a tunnel is not a sign-out.
      this.renew(access_token).catch(() => (this.#renewal = setTimeout(renew, AGAIN_MS)));
    };
    // No clock that is wrong makes it sooner than now, or later than what the server has said.
    const left = Math.min(expires_in, (at - Date.now()) / 1000 + expires_in) - EARLY_S;
    this.#renewal = setTimeout(renew, Math.max(expires_in > EARLY_S ? 0 : 5, left) * 1000);
  }
}

function fresh(tokens: unknown): Kept {
  return { ...(tokens as Tokens), at: Date.now() };
}

/** One tab at a time, where the browser can do that. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const locks = globalThis.navigator?.locks;
  return locks ? (locks.request(KEY, work) as Promise<T>) : work();
}
