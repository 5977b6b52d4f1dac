/**
 * Files on their way to the house, wherever in the console the reporter is. One at a time, since a phone's line is
 * narrow. A large one goes in pieces, from where the server stands: after a cut line, a page that was thrown away while
 * the camera was open, or a restart of the server, it goes on and does not begin anew.
 */

import { reactive } from "vue";

import { del, get, newKey, post, Problem, sendPiece, upload as sendWhole, type Schemas } from "@/api/client";
import { recallThing, rememberThing } from "@/app/memory";
import { me, onSession } from "@/app/session";

import { explain } from "../parts/commands";
import { fileOf, hold, release } from "./files";
import { LIST } from "./kept";

export interface Upload {
  /** The name of its file in this browser. */
  key: string;
  owner: string;
  assignment: string;
  name: string;
  size: number;
  /** When it was taken, as far as the file tells. */
  at: string;
  /** `cut`: it goes on by itself as soon as there is a line. `missing`: its file has to be chosen once more. */
  state: "waiting" | "sending" | "cut" | "missing" | "failed" | "sent";
  /** From 0 to 1. */
  done: number;
  failure: string;
  /** The key under which it is sent: sent twice, it is there once. */
  sending: string;
  /** What the server calls it, where it goes in pieces. */
  id: string | null;
  media: Schemas["Media"] | null;
}

/** What is smaller is sent at once. */
const SMALL = 1024 * 1024;
/** A piece that a slow phone still sends within its patience; the server's own bound is above it. */
const PIECE = 512 * 1024;
const NAME_LENGTH = 200;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export const uploads = reactive<Upload[]>(recallThing<Upload[]>(LIST, []));
const underWay = new Map<string, AbortController>();
/** Those whose files are in the memory of this page alone. */
const unkept = new Set<string>();
let isSending = false;

export function add(assignment: string, chosen: readonly File[]): void {
  for (const file of chosen) {
    const { key } = begun(assignment, file);
    unkept.add(key);
    void hold(key, file).then((kept) => kept && unkept.delete(key));
  }
  void sendAll();
}

/** The upload of a file: the one whose file was missing, or a new one. */
function begun(assignment: string, file: File): Upload {
  const at = new Date(file.lastModified).toISOString();
  const { name, size } = file;
  const known = uploads.find((one) => one.state === "missing" && one.name === name && one.size === size && one.at === at);
  if (known) {
    known.state = "waiting";
    return known;
  }
  const fresh = { state: "waiting" as const, done: 0, failure: "", id: null, media: null };
  const made = { key: newKey(), sending: newKey(), owner: me.value?.id ?? "", assignment, name, size, at, ...fresh };
  uploads.push(made);
  keep(made);
  return made;
}

export function again(upload: Upload): void {
  upload.state = "waiting";
  upload.failure = "";
  void sendAll();
}

/** Give it up, or, once it was entered, forget it. */
export function drop(upload: Upload): void {
  // What the server has of it and is not told to drop, it drops after a day.
  if (upload.id && upload.state !== "sent") void del("/uploads/{upload_id}", { path: { upload_id: upload.id } }).catch(() => {});
  forget(upload.key);
  void release(upload.key);
  rememberThing(LIST, recallThing<Upload[]>(LIST, []).filter(({ key }) => key !== upload.key));
}

function forget(key: string): void {
  underWay.get(key)?.abort();
  unkept.delete(key);
  const at = uploads.findIndex((one) => one.key === key);
  if (at >= 0) uploads.splice(at, 1);
}

/** Write it into the list that the browser keeps, in which other tabs have theirs too. */
function keep(upload: Upload): void {
  // What was given up meanwhile does not come back.
  if (!uploads.some(({ key }) => key === upload.key)) return;
  const others = recallThing<Upload[]>(LIST, []).filter(({ key }) => key !== upload.key);
  rememberThing(LIST, [...others, upload]);
}

async function sendAll(): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    for (let next; (next = uploads.find((one) => one.state === "waiting" && one.owner === me.value?.id)); ) await alone(next);
  } finally {
    isSending = false;
  }
}

/** One at a time among all tabs, where the browser can keep them apart; elsewhere the server tells them apart. */
async function alone(upload: Upload): Promise<void> {
  if ("locks" in navigator) await navigator.locks.request(`${LIST}.sending`, () => sendOne(upload));
  else await sendOne(upload);
}

async function sendOne(upload: Upload): Promise<void> {
  const file = await fileOf(upload.key);
  if (!uploads.includes(upload)) return;
  if (!file) {
    upload.state = "missing";
    return;
  }
  const stop = new AbortController();
  underWay.set(upload.key, stop);
  try {
    upload.media = await persist(upload, file, stop.signal);
    upload.state = "sent";
    void release(upload.key);
    unkept.delete(upload.key);
  } catch (error) {
    if (stop.signal.aborted) return;
    upload.state = "failed";
    upload.failure = explain(error);
  } finally {
    underWay.delete(upload.key);
  }
  keep(upload);
}

/** Send until it has arrived, is refused or is given up. What passes by itself is waited for, however long it takes. */
async function persist(upload: Upload, file: File, signal: AbortSignal): Promise<Schemas["Media"]> {
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    const before = upload.done;
    try {
      if (upload.state === "waiting") upload.state = "sending";
      return await (file.size <= SMALL ? sendWhole(file, upload.sending) : sendInPieces(upload, file, signal));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Problem && error.status === 404) startAnew(upload);
      else if (!isPassing(error)) throw error;
      else if (error.status === 0 || error.status >= 500) upload.state = "cut";
    }
    if (upload.done > before) wait = FIRST_PAUSE_MS;
    await pause(wait, signal);
  }
}

/** Another page is at it, or we had not heard how far the server is: it says so, and we go on from there. */
function isPassing(error: unknown): error is Problem {
  return error instanceof Problem && (error.isPassing || error.code === "upload_offset" || error.code === "upload_busy");
}

/** It lay for longer than a day. */
function startAnew(upload: Upload): void {
  upload.sending = newKey();
  upload.id = null;
  upload.done = 0;
  keep(upload);
}

async function sendInPieces(upload: Upload, file: File, signal: AbortSignal): Promise<Schemas["Media"]> {
  if (!upload.id) {
    const body = { name: spoken(file.name), size: file.size, purpose: "material" as const };
    upload.id = (await post("/uploads", { body, key: upload.sending, signal })).id;
    keep(upload);
  }
  const path = { upload_id: upload.id };
  let { offset, piece } = await get("/uploads/{upload_id}", { path, signal });
  for (;;) {
    upload.done = offset / file.size;
    keep(upload);
    if (offset >= file.size) return post("/uploads/{upload_id}/finish", { path, signal });
    upload.state = "sending";
    offset = await sendPiece(upload.id, offset, file.slice(offset, offset + Math.min(piece, PIECE)), signal);
  }
}

/** A name as the house takes names: without invisible characters, and not too long. */
function spoken(name: string): string {
  return [...name.replace(/\p{C}/gu, " ")].slice(0, NAME_LENGTH).join("").trim() || "未命名";
}

/** Wait, but no longer than until there is a line again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    const go = (): void => (end.abort(), resolve());
    const timer = setTimeout(go, ms);
    addEventListener("online", go, { signal: stop });
    stop.addEventListener("abort", () => (clearTimeout(timer), signal.aborted && reject(signal.reason as Error)));
  });
}

for (const one of uploads) if (one.state === "sending" || one.state === "cut") one.state = "waiting";
void sendAll();

addEventListener("beforeunload", (event) => {
  if (uploads.some(({ key, state }) => unkept.has(key) && state !== "sent" && state !== "missing")) event.preventDefault();
});
// What was entered or given up in another tab is not to be entered once more here.
addEventListener("storage", ({ key, oldValue, newValue }) => {
  if (key !== LIST) return;
  const [before, after] = [oldValue, newValue].map((text) => (JSON.parse(text ?? "[]") as Upload[]).map((one) => one.key));
  for (const gone of before?.filter((one) => !after?.includes(one)) ?? []) forget(gone);
});
onSession((event) => {
  if (event === "out") [...uploads].forEach(({ key }) => forget(key));
  if (event === "in") void sendAll();
});
