/** The shapes that the client deals in. What travels is generated (messages.d.ts); what is here is the client's own. */

import type { Row } from "./messages";

export type { Row };

/** Whether news comes by itself at present. */
export type LineState = "connecting" | "live" | "offline";

/** A thing as a stream holds it. `ver` is the row's: the digest is made of it. */
export interface Item {
  kind: string;
  id: string;
  ver: number;
  data: unknown;
}

/** `isNew` tells what was not held before from what has changed; a `del` carries what was held. */
export interface Change {
  stream: string;
  op: "put" | "del";
  kind: string;
  id: string;
  data: unknown;
  isNew: boolean;
}

/** `live` is false for what a first reading brought; `pushed` is true for what came over the line by itself. */
export interface News {
  changes: readonly Change[];
  live: boolean;
  pushed: boolean;
}

/** The body of a refusal (RFC 9457), as far as a client acts upon it. */
export interface ProblemBody {
  status?: number;
  title?: string;
  detail?: string;
  code?: string;
  reason?: string | null;
  /** Of a guard that does not hold: what would satisfy it. */
  needs?: string;
  /** Of a guard about several places: which ones. */
  findings?: { slot?: string }[];
  errors?: { field: string; code?: string; message: string }[];
  /** Of `mid_gap`: the number that the server waits for. */
  expected?: number;
  retry_after_s?: number;
}

/** What the server answered to a mutation. `mid` is 0 for one that was refused before it was numbered. */
export interface Outcome {
  mid: number;
  status: "applied" | "refused";
  id?: string;
  seq?: number;
  code?: string;
  problem?: ProblemBody;
}

/** An entry of the outbox as views see it. */
export interface Pending {
  key: string;
  name: string;
  args: Record<string, unknown>;
  at: string;
  state: "waiting" | "sending" | "refused";
  problem?: ProblemBody;
}

/** What the client needs of HTTP. Every call throws `Problem` for anything but success. */
export interface Server {
  get(path: string, query: Record<string, unknown>): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Send one file to `POST /media`; the same key again gives the same answer. */
  upload(file: Blob, key: string): Promise<{ id: string }>;
  token(): string | undefined;
}
