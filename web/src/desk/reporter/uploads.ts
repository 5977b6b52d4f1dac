/**
 * Files on their way to the house, for as long as the page is open, wherever in the console the reporter is. One at a
 * time, since a phone's line is narrow; what arrived is remembered until it is entered as a material, as phones throw
 * pages away while the camera is open.
 */

import { reactive } from "vue";

import { get, newKey, Problem, server, type Schemas } from "@/api/client";
import { recallThing, rememberThing } from "@/app/memory";
import { onSession } from "@/app/session";
import type { ProblemBody } from "@/sync/types";

import { explain } from "../parts/commands";

export interface Upload {
  /** The key under which it is sent: sent twice, it is there once. */
  key: string;
  assignment: string;
  name: string;
  /** When it was taken, as far as the file tells. */
  at: string;
  state: "waiting" | "sending" | "failed" | "sent";
  /** From 0 to 1. */
  done: number;
  failure: string;
  media: Schemas["Media"] | null;
}

const KEPT = "ronghui.desk.uploads";
const STALLED_MS = 60_000;

export const uploads = reactive<Upload[]>(recallThing<Upload[]>(KEPT, []));
const files = new Map<string, File>();
const underWay = new Map<string, XMLHttpRequest>();
let isSending = false;

export function add(assignment: string, chosen: readonly File[]): void {
  for (const file of chosen) {
    const key = newKey();
    files.set(key, file);
    const at = new Date(file.lastModified).toISOString();
    uploads.push({ key, assignment, name: file.name, at, state: "waiting", done: 0, failure: "", media: null });
  }
  void sendAll();
}

export function again(upload: Upload): void {
  upload.state = "waiting";
  upload.failure = "";
  void sendAll();
}

/** Give it up, or, once it was entered, forget it. */
export function drop(upload: Upload): void {
  underWay.get(upload.key)?.abort();
  files.delete(upload.key);
  const at = uploads.findIndex(({ key }) => key === upload.key);
  if (at >= 0) uploads.splice(at, 1);
  keep();
}

function keep(): void {
  rememberThing(KEPT, uploads.filter(({ state }) => state === "sent"));
}

async function sendAll(): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    for (let next; (next = uploads.find(({ state }) => state === "waiting")); ) await sendOne(next);
  } finally {
    isSending = false;
  }
}

async function sendOne(upload: Upload): Promise<void> {
  const file = files.get(upload.key);
  if (!file) return drop(upload);
  upload.state = "sending";
  upload.done = 0;
  try {
    upload.media = await send(upload, file);
    upload.state = "sent";
    files.delete(upload.key);
    keep();
  } catch (error) {
    upload.state = "failed";
    upload.failure = explain(error);
  }
}

async function send(upload: Upload, file: File): Promise<Schemas["Media"]> {
  const first = await transfer(upload, file);
  if (first.status !== 401) return read(first);
  // Any signed question has the tokens renewed.
  await get("/me");
  return read(await transfer(upload, file));
}

/** `fetch` does not tell how much of a body has gone out. */
function transfer(upload: Upload, file: File): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout> | undefined;
    const watch = (): void => {
      clearTimeout(stalled);
      stalled = setTimeout(() => call.abort(), STALLED_MS);
    };
    call.open("POST", "/api/v1/media");
    call.setRequestHeader("Accept", "application/json, application/problem+json");
    call.setRequestHeader("Idempotency-Key", upload.key);
    call.setRequestHeader("Authorization", `Bearer ${server.token() ?? ""}`);
    call.upload.onprogress = ({ loaded, total }) => {
      upload.done = total ? loaded / total : 0;
      watch();
    };
    call.onload = () => resolve(call);
    call.onerror = () => reject(new Problem(0, {}, "network"));
    call.onabort = () => reject(new Problem(0, {}, "timeout"));
    call.onloadend = () => {
      clearTimeout(stalled);
      underWay.delete(upload.key);
    };
    underWay.set(upload.key, call);
    watch();
    const form = new FormData();
    form.append("file", file, file.name);
    call.send(form);
  });
}

function read({ status, responseText }: XMLHttpRequest): Schemas["Media"] {
  let body: unknown = null;
  try {
    body = JSON.parse(responseText);
  } catch {
    // A proxy's own page is no body: its status says enough.
  }
  if (status < 200 || status >= 300 || !body) throw new Problem(status, (body ?? {}) as ProblemBody);
  return body as Schemas["Media"];
}

addEventListener("online", () => uploads.filter(({ state }) => state === "failed").forEach(again));
addEventListener("beforeunload", (event) => {
  if (uploads.some(({ state }) => state === "waiting" || state === "sending")) event.preventDefault();
});
onSession((event) => {
  if (event === "out") [...uploads].forEach(drop);
});
