/** HTTP: JSON in and out, refusals as `Problem`, the access token renewed when it has run out. */

import { Problem } from "../sync/problem";
import type { ProblemBody, Server } from "../sync/types";
import type { components, paths } from "./openapi";

export { Problem };

export type Schemas = components["schemas"];
export type Tokens = Schemas["Tokens"];

const BASE = "/api/v1";
const PATIENCE = 15_000;
const UPLOAD_PATIENCE = 90_000;

type Method = "get" | "post" | "put" | "patch" | "delete";
type Short<Path> = Path extends `/api/v1${infer Rest}` ? Rest : never;
/** Every path that knows this method, as the OpenAPI document writes it, without the base. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? Short<P> : never;
}[keyof paths];
type Operation<M extends Method, P extends string> = `/api/v1${P}` extends keyof paths
  ? paths[`/api/v1${P}`] extends Record<M, infer O> ? O : never
  : never;
type Json<R> = R extends { content: { "application/json": infer Body } } ? Body : null;
/** The body of success. */
export type Answer<M extends Method, P extends string> = Operation<M, P> extends { responses: infer R }
  ? Json<R[keyof R & (200 | 201 | 202 | 204)]>
  : never;
type Body<M extends Method, P extends string> = Operation<M, P> extends {
  requestBody: { content: { "application/json": infer B } };
} ? { body: B } : Operation<M, P> extends { requestBody?: { content: { "application/json": infer B } } } ? { body?: B } : { body?: undefined };
type InPath<M extends Method, P extends string> = Operation<M, P> extends { parameters: { path: infer V } } ? { path: V } : { path?: undefined };
type InQuery<M extends Method, P extends string> = Operation<M, P> extends { parameters: { query: infer V } }
  ? { query: V }
  : Operation<M, P> extends { parameters: { query?: infer V } } ? { query?: V } : { query?: undefined };
interface Extras {
  /** Makes a write repeatable without a second effect. */
  key?: string;
  /** The version that an edit was made from. */
  ifMatch?: number;
  signal?: AbortSignal;
}
type Options<M extends Method, P extends string> = Body<M, P> & InPath<M, P> & InQuery<M, P> & Extras;
/** The options may be left out where nothing in them is needed. */
type Args<M extends Method, P extends string> = Record<never, never> extends Options<M, P> ? [options?: Options<M, P>] : [options: Options<M, P>];

interface Sending extends Extras {
  query?: Record<string, unknown> | undefined;
  body?: unknown;
  form?: FormData;
  piece?: { offset: number; bytes: Blob };
}

/** Where the tokens come from and go to; session.ts is it. */
export interface Keys {
  access(): string | undefined;
  /** Whose token that is. */
  person(): string | undefined;
  /** Exchange the tokens, unless somebody has already done so since `used`. Throws when the server cannot be asked. */
  renew(used: string): Promise<void>;
}

let keys: Keys = { access: () => undefined, person: () => undefined, renew: async () => {} };

export function useKeys(next: Keys): void {
  keys = next;
}

/** Where the server is. Empty for the page's own; tests and native apps set it. */
let origin = "";

export function useOrigin(next: string): void {
  origin = next;
}

export function get<P extends PathOf<"get"> & string>(path: P, ...[options]: Args<"get", P>): Promise<Answer<"get", P>> {
  return ask("GET", path, options) as Promise<Answer<"get", P>>;
}
export function post<P extends PathOf<"post"> & string>(path: P, ...[options]: Args<"post", P>): Promise<Answer<"post", P>> {
  return ask("POST", path, options) as Promise<Answer<"post", P>>;
}
export function put<P extends PathOf<"put"> & string>(path: P, ...[options]: Args<"put", P>): Promise<Answer<"put", P>> {
  return ask("PUT", path, options) as Promise<Answer<"put", P>>;
}
export function patch<P extends PathOf<"patch"> & string>(path: P, ...[options]: Args<"patch", P>): Promise<Answer<"patch", P>> {
  return ask("PATCH", path, options) as Promise<Answer<"patch", P>>;
}
export function del<P extends PathOf<"delete"> & string>(path: P, ...[options]: Args<"delete", P>): Promise<Answer<"delete", P>> {
  return ask("DELETE", path, options) as Promise<Answer<"delete", P>>;
}

function ask(method: string, path: string, options: object = {}): Promise<unknown> {
  const { path: values, ...rest } = options as Sending & { path?: Record<string, string> };
  return call(method, fill(path, values), rest);
}

function fill(path: string, values: Record<string, string> = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

/** Call a path that is known only at run time. */
export async function call(method: string, path: string, options: Sending = {}): Promise<unknown> {
  return read(await sendSigned(method, path, options));
}

/** Fetch a file that only its owner may see, which an `<img>` alone could not ask for. `url` is as the API names it. */
export async function getFile(url: string): Promise<Blob> {
  const answer = await sendSigned("GET", url.slice(BASE.length), {});
  if (!answer.ok) throw await refusalOf(answer);
  return answer.blob();
}

/** Send one file at once. It gets an id, by which forms name it. */
export function upload(file: Blob, key: string): Promise<Schemas["Media"]> {
  const form = new FormData();
  form.append("file", file, file instanceof File ? file.name : "file");
  return call("POST", "/media", { form, key }) as Promise<Schemas["Media"]>;
}

/** Send the next bytes of an upload that was announced. Resolves to where those after them begin. */
export async function sendPiece(id: string, offset: number, bytes: Blob, signal: AbortSignal): Promise<number> {
  const answer = await sendSigned("PATCH", `/uploads/${id}`, { piece: { offset, bytes }, signal });
  if (!answer.ok) throw await refusalOf(answer);
  return Number(answer.headers.get("Upload-Offset"));
}

/** What the sync client asks with. */
export const server: Server = {
  get: (path, query) => call("GET", path, { query }),
  post: (path, body) => call("POST", path, { body }),
  upload,
  token: () => keys.access(),
};

/** Send without a token: signing in and renewing. */
export async function callUnsigned(method: string, path: string, body: unknown, key?: string): Promise<unknown> {
  return read(await send(method, path, { body, ...(key ? { key } : {}) }, undefined));
}

/** Send with our token, and once more when it turns out to have run out. */
async function sendSigned(method: string, path: string, options: Sending): Promise<Response> {
  const used = keys.access();
  const person = keys.person();
  const answer = await send(method, path, options, used);
  if (answer.status !== 401 || !used) return answer;
  await keys.renew(used);
  // Nothing is sent in the name of whoever has signed in meanwhile.
  if (keys.person() !== undefined && keys.person() !== person) return answer;
  // A sign-in that counts no longer leaves us a stranger, who may still read.
  return send(method, path, options, keys.access());
}

async function send(method: string, path: string, options: Sending, token: string | undefined): Promise<Response> {
  const { query = {}, body, form, piece, key, ifMatch, signal } = options;
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const headers = new Headers({ Accept: "application/json, application/problem+json" });
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (key) headers.set("Idempotency-Key", key);
  if (ifMatch !== undefined) headers.set("If-Match", `"${ifMatch}"`);
  if (piece) {
    headers.set("Content-Type", "application/offset+octet-stream");
    headers.set("Upload-Offset", String(piece.offset));
  }
  const late = AbortSignal.timeout(form || piece ? UPLOAD_PATIENCE : PATIENCE);
  const init: RequestInit = { method, headers, signal: signal ? AbortSignal.any([signal, late]) : late };
  const bytes = form ?? piece?.bytes;
  if (bytes ?? body !== undefined) init.body = bytes ?? JSON.stringify(body);
  try {
    return await fetch(`${origin}${BASE}${path}${search ? `?${search}` : ""}`, init);
  } catch {
    throw new Problem(0, {}, late.aborted ? "timeout" : "network");
  }
}

/** The body of success. Throws `Problem` for a refusal. */
export async function read(answer: Response): Promise<unknown> {
  if (!answer.ok) throw await refusalOf(answer);
  const text = await bodyOf(answer);
  return text ? parsed(text) : null;
}

/** A line that falls in the middle of an answer is no answer. */
async function bodyOf(answer: Response): Promise<string> {
  try {
    return await answer.text();
  } catch {
    throw new Problem(0, {}, "network");
  }
}

async function refusalOf(answer: Response): Promise<Problem> {
  const body = parsed(await answer.text().catch(() => ""));
  return new Problem(answer.status, (body ?? {}) as ProblemBody);
}

/** A proxy's own page is no body: its status says enough. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A key for one intended effect. `randomUUID` is missing on plain http, where a phone in the office may open the demo. */
export function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
