/** What the tests of the sync client share. */

import { expect } from "vitest";

import { single, type Platform } from "../platform";
import type { Entry, Client, Store, Stored, Write } from "../store";
import type { Sync } from "../sync";
import type { House } from "./house";

/** Wait for something to become true; fail, saying which, when it does not. */
export async function until<T>(condition: () => T | Promise<T>, ms = 15_000): Promise<T> {
  for (const end = Date.now() + ms; ; ) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The same dice for the same seed. */
export function diceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A store that is killed at its n-th write: that one and all after it never happen. */
export class Dying implements Store {
  commits = 0;

  constructor(
    readonly store: Store,
    readonly diesAt: number,
  ) {}

  get kind(): "disk" | "memory" {
    return this.store.kind;
  }
  load(): Promise<Stored> {
    return this.store.load();
  }
  loadOutbox(): Promise<{ entries: Entry[]; clients: Client[] }> {
    return this.store.loadOutbox();
  }
  commit(writes: readonly Write[], person?: string | null): Promise<void> {
    // Whoever is killed does not hear that his write has failed.
    if (++this.commits >= this.diesAt) return new Promise(() => {});
    return this.store.commit(writes, person);
  }
  async destroy(): Promise<void> {}
  close(): void {}

  get isDead(): boolean {
    return this.commits >= this.diesAt;
  }
}

/** Several tabs on one store. */
export function tabs(): () => Pick<Platform, "alone" | "lead" | "channel"> {
  const turns = new Map<string, Promise<unknown>>();
  const pens = new Map<string, (() => void)[]>();
  const ears = new Map<string, Set<(message: unknown) => void>>();
  return () => ({
    alone(name, work) {
      const turn = (turns.get(name) ?? Promise.resolve()).then(work, work);
      turns.set(name, turn);
      return turn;
    },
    lead(name, fn) {
      const line = pens.get(name) ?? [];
      pens.set(name, line);
      line.push(fn);
      if (line.length === 1) fn();
      return () => {
        const wasFirst = line[0] === fn;
        line.splice(line.indexOf(fn), 1);
        if (wasFirst) line[0]?.();
      };
    },
    channel(name, onMessage) {
      const all = ears.get(name) ?? new Set();
      ears.set(name, all);
      all.add(onMessage);
      return {
        post: (message) => all.forEach((ear) => ear !== onMessage && setTimeout(() => ear(structuredClone(message)), 0)),
        close: () => all.delete(onMessage),
      };
    },
  });
}

export { single };

/** The phone holds, in memory and on its disk, exactly what the house holds. */
export async function expectEqual(sync: Sync, house: House, streams: string[], store?: Store): Promise<void> {
  for (const stream of streams) expect(await sync.verify(stream)).toEqual({ same: true, count: house.items(stream).length });
  if (!store) return;
  const inOrder = (items: { kind: string; id: string }[]): unknown[] => [...items].sort((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1));
  await until(async () => {
    const stored = await store.load();
    return streams.every((name) => {
      const held = stored.streams.find((stream) => stream.name === name);
      return JSON.stringify(inOrder(held?.items ?? [])) === JSON.stringify(inOrder(house.items(name)));
    });
  });
}
