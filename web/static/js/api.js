/** HTTP: JSON in and out, refusals as `Problem`, the access token in memory and renewed when it has run out. */

import { t } from "./i18n.js";

const BASE = "/api/v1";
const PATIENCE = 15_000;

/** A refusal that can be shown: `message` is the server's own sentence. */
export class Problem extends Error {
  /**
   * @param {number} status 0 when there was no answer
   * @param {{detail?: string, code?: string, reason?: string, errors?: {field: string, message: string}[]}} body
   */
  constructor(status, body) {
    super(body.detail || t(status === 0 ? "error.network" : status >= 500 ? "error.server" : "error.unknown"));
    this.status = status;
    this.code = body.code ?? "";
    /** Why something was withdrawn. */
    this.reason = body.reason ?? "";
    this.errors = body.errors ?? [];
  }
}

/**
 * @typedef {{access_token: string, refresh_token: string, expires_in: number, user: import("./session.js").User}} Tokens
 */
/**
 * Kept in memory only: a page that stores a refresh token shares it with its duplicate, and rotation would end
 *   both.
 * @type {Tokens|null}
 */
let tokens = null;
/** @typedef {{query?: Record<string, any>, body?: any}} Options */
/** @type {Promise<void>|null} */
let renewing = null;
/** @type {(tokens: Tokens|null) => void} */
let onTokens = () => {};

/**
 * @param {(tokens: Tokens|null) => void} fn told whenever the tokens change, null once they are worth nothing
 */
export function watchTokens(fn) {
  onTokens = fn;
}

/** @param {Tokens|null} next */
export function setTokens(next) {
  tokens = next;
  onTokens(next);
}

/**
 * Call the API. `query` leaves out empty values.
 *
 * @param {string} method @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>} the body, or null for an empty one
 * @throws {Problem}
 */
export async function call(method, path, options = {}) {
  return read(await sendSigned(method, path, options));
}

/**
 * Send with our token, and once more when it turns out to have run out.
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 */
async function sendSigned(method, path, options) {
  const used = tokens?.access_token;
  const answer = await send(method, path, options);
  if (answer.status !== 401 || !used) return answer;
  // Somebody else may have renewed it meanwhile; one that counts no longer leaves us a stranger, who may still read.
  if (tokens?.access_token === used) await renew();
  return send(method, path, options);
}

/** @param {string} path @param {Record<string, any>} [query] */
export function get(path, query) {
  return call("GET", path, { query });
}

/**
 * Fetch a file that only its owner may see, which an `<img>` alone could not ask for.
 * @param {string} url as the API names it
 * @returns {Promise<Blob>}
 * @throws {Problem}
 */
export async function getFile(url) {
  const answer = await sendSigned("GET", url.slice(BASE.length), {});
  return answer.ok ? answer.blob() : read(answer);
}

/**
 * Fetch new tokens for the old ones, or sign out when they count no longer. Calls that meet share one exchange, as a
 * refresh token is good for one use.
 * @returns {Promise<void>}
 * @throws {Problem} when the server could not be asked
 */
export function renew() {
  renewing ??= exchange().finally(() => (renewing = null));
  return renewing;
}

async function exchange() {
  if (!tokens) return;
  const body = { grant: "refresh", refresh_token: tokens.refresh_token };
  try {
    setTokens(await read(await send("POST", "/auth/tokens", { body }, false)));
  } catch (error) {
    const isRefused = error instanceof Problem && [400, 401, 403, 422].includes(error.status);
    if (!isRefused) throw error;
    setTokens(null);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 * @param {boolean} [signed]
 */
async function send(method, path, { query = {}, body }, signed = true) {
  const url = new URL(BASE + path, location.origin);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") url.searchParams.set(name, value);
  const headers = new Headers({ Accept: "application/json, application/problem+json" });
  if (tokens && signed) headers.set("Authorization", `Bearer ${tokens.access_token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    return await fetch(url, {
      method,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new Problem(0, { detail: late ? t("error.timeout") : t("error.network") });
  }
}

/** @param {Response} answer */
async function read(answer) {
  const text = await answer.text().catch(() => "");
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // A proxy's own error page: its status says enough.
  }
  if (!answer.ok) throw new Problem(answer.status, body ?? {});
  return body;
}
