/** What the person hopes for, laid over what the server has sent: made anew whenever either has changed. */

import { effectOf, type View } from "./optimism";
import type { Replica } from "./replica";
import type { Entry } from "./store";
import type { Change } from "./types";

const GONE = Symbol("gone");

export class Overlay {
  #kinds = new Map<string, Map<string, unknown>>();

  constructor(
    readonly base: Replica,
    entries: readonly Entry[] = [],
    isSending: (key: string) => boolean = () => false,
  ) {
    for (const entry of entries) {
      try {
        effectOf(entry.name)?.(this.#viewOf(entry, isSending(entry.key)), entry.args);
      } catch (error) {
        // A guess that fails must not hide what is known.
        console.error(`sync: the effect of ${entry.name}`, error);
      }
    }
  }

  find(kind: string, id: string): unknown {
    const laid = this.#kinds.get(kind)?.get(id);
    if (laid === GONE) return undefined;
    return laid ?? this.base.find(kind, id)?.data;
  }

  /** `own` is the person's stream: what is not there yet will be there. */
  list(kind: string, stream?: string, own?: string): unknown[] {
    const laid = this.#kinds.get(kind);
    const items = [...this.base.of(kind, stream)];
    if (!laid) return items.map(({ data }) => data);
    const below = new Set(items.map(({ id }) => id));
    const shown = items.map(({ id, data }) => laid.get(id) ?? data);
    if (stream === undefined || stream === own) {
      for (const [id, data] of laid) if (!below.has(id) && !this.base.find(kind, id)) shown.push(data);
    }
    return shown.filter((data) => data !== GONE);
  }

  /** What a view sees change when `before` gives way to this. */
  changesSince(before: Overlay, own: string): Change[] {
    const changes: Change[] = [];
    const kinds = new Set([...before.#kinds.keys(), ...this.#kinds.keys()]);
    for (const kind of kinds) {
      const ids = new Set([...(before.#kinds.get(kind)?.keys() ?? []), ...(this.#kinds.get(kind)?.keys() ?? [])]);
      for (const id of ids) {
        const [old, now] = [before.find(kind, id), this.find(kind, id)];
        if (now !== undefined) changes.push({ stream: own, op: "put", kind, id, data: now, isNew: old === undefined });
        else if (old !== undefined) changes.push({ stream: own, op: "del", kind, id, data: old, isNew: false });
      }
    }
    return changes;
  }

  #viewOf({ key, at, person, outcome }: Entry, isSending: boolean): View {
    return {
      me: person,
      key,
      at,
      id: outcome?.id,
      isSending,
      find: <T>(kind: string, id: string) => this.find(kind, id) as T | undefined,
      list: <T>(kind: string) => this.list(kind) as T[],
      put: (kind, id, data) => this.#set(kind, id, data),
      remove: (kind, id) => this.#set(kind, id, GONE),
    };
  }

  #set(kind: string, id: string, data: unknown): void {
    const laid = this.#kinds.get(kind);
    if (laid) laid.set(id, data);
    else this.#kinds.set(kind, new Map([[id, data]]));
  }
}
