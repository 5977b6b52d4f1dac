/**
 * A story that is being written: saved every few seconds from the version it was read as, kept by the browser
 * meanwhile, and never thrown away when a colleague was faster.
 */

import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";

import { get, patch, Problem, type Schemas } from "@/api/client";

import { explain } from "../parts/commands";
import { changed, fieldsOf, isSame, type Fields } from "./fields";
import { forget, keep, recall } from "./kept";
import type { Story } from "./words";

/** Saved when the hands rest, or after so long at the latest. */
const REST_MS = 2000;
const LONGEST_MS = 8000;
const KEEP_MS = 250;
const AGAIN_MS = 3000;
const LONGEST_AGAIN_MS = 30_000;

export type Saving = "saved" | "waiting" | "saving" | "offline" | "conflict" | "lost" | "refused";

/** A colleague saved first: what both have of each field that is disputed. */
export interface Conflict {
  fields: (keyof Fields)[];
  mine: Fields;
  theirs: Story;
  /** Where the server keeps what is mine. */
  draft: string;
}

export interface Draft {
  story: ShallowRef<Story | null>;
  fields: Fields;
  saving: Ref<Saving>;
  failure: Ref<string>;
  conflict: ShallowRef<Conflict | null>;
  isDirty: ComputedRef<boolean>;
  /** Counts how often all fields were put in anew, so that the editor reads the body again. */
  filled: Ref<number>;
  /** When what was found in the browser was written. */
  found: Ref<string>;
  isKept: Ref<boolean>;
  load(): Promise<void>;
  /** Take a newer version in, unless something of ours would be lost. */
  take(story: Story): void;
  save(): Promise<boolean>;
  /** What differs from the version it was read as. */
  changes(): Partial<Fields>;
  useMine(): Promise<void>;
  useTheirs(): void;
  /** Give up what was written here. */
  drop(): void;
}

interface Options {
  id: string;
  person: string;
  /** Whether what is written is saved by itself: not while one reads, nor for a correction. */
  isOpen: () => boolean;
  /** Has the editor hand over what it has at this moment. */
  collect: () => void;
}

const empty = (): Fields => ({
  headline: "", subtitle: "", summary: "", body: [], section: "", towns: [], class: "livelihood", sensitivity: "normal",
  priority: 3, sources: [], targets: [], byline: "", cover: null,
});

const copy = <T>(fields: T): T => JSON.parse(JSON.stringify(fields)) as T;

export function useDraft({ id, person, isOpen, collect }: Options): Draft {
  const story = shallowRef<Story | null>(null);
  const fields = reactive<Fields>(empty());
  const base = shallowRef<{ ver: number; fields: Fields }>({ ver: 0, fields: empty() });
  const saving = ref<Saving>("saved");
  const failure = ref("");
  const conflict = shallowRef<Conflict | null>(null);
  const filled = ref(0);
  const found = ref("");
  const isKept = ref(true);
  const isDirty = computed(() => Object.keys(changed(fields, base.value.fields)).length > 0);
  let firstChange = 0;
  let lastChange = 0;
  let again = 0;
  let wait = AGAIN_MS;
  let keeping: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<boolean> | null = null;

  function fill(next: Fields): void {
    Object.assign(fields, copy(next));
    filled.value++;
  }

  function read(next: Story): void {
    story.value = next;
    base.value = { ver: next.ver, fields: fieldsOf(next) };
  }

  async function load(): Promise<void> {
    const next = await get("/editor/stories/{story_id}", { path: { story_id: id } });
    read(next);
    const kept = recall(person, id);
    if (!kept || isSame(changed(kept.fields, kept.base), {}) || isSame(changed(kept.fields, base.value.fields), {})) {
      forget(person, id);
      fill(base.value.fields);
      return;
    }
    // It is saved as of the version it was written from: if a colleague saved since, that comes out as it would have then.
    found.value = kept.at;
    base.value = { ver: kept.ver, fields: kept.base };
    fill(kept.fields);
    saving.value = "waiting";
    firstChange = lastChange = Date.now();
  }

  function take(next: Story): void {
    if (next.ver <= (story.value?.ver ?? 0)) return;
    collect();
    if (isDirty.value || running) {
      // What is ours is saved first, and meets the newer version then.
      story.value = next;
      return;
    }
    const differs = !isSame(fieldsOf(next), fields);
    read(next);
    if (differs) fill(base.value.fields);
  }

  function keepNow(): void {
    clearTimeout(keeping);
    keeping = undefined;
    collect();
    if (!story.value) return;
    if (isDirty.value) isKept.value = keep(person, id, { ver: base.value.ver, base: base.value.fields, fields: copy(fields), at: new Date().toISOString() });
    else if (!conflict.value) forget(person, id);
  }

  watch(fields, () => {
    if (!story.value || !isDirty.value) return;
    lastChange = Date.now();
    firstChange ||= lastChange;
    if (saving.value === "saved" || saving.value === "refused") saving.value = "waiting";
    keeping ??= setTimeout(keepNow, KEEP_MS);
  });

  function save(): Promise<boolean> {
    running ??= saveNow().finally(() => (running = null));
    return running;
  }

  async function saveNow(): Promise<boolean> {
    collect();
    const body = copy(changed(fields, base.value.fields));
    firstChange = lastChange = 0;
    if (!Object.keys(body).length) {
      forget(person, id);
      saving.value = "saved";
      return true;
    }
    saving.value = "saving";
    try {
      const answer = await patch("/editor/stories/{story_id}", {
        path: { story_id: id },
        ifMatch: base.value.ver,
        body: body as Schemas["StoryPatch"],
      });
      story.value = answer;
      // The fields stay as they were typed: the server's spelling of them would move the caret.
      const before = base.value.fields.cover;
      base.value = { ver: answer.ver, fields: { ...base.value.fields, ...body } };
      // The house takes the first picture of the text for the cover.
      if (!("cover" in body) && fields.cover === before) fields.cover = base.value.fields.cover = fieldsOf(answer).cover;
      wait = AGAIN_MS;
      failure.value = "";
      found.value = "";
      saving.value = isDirty.value ? "waiting" : "saved";
      keepNow();
      return true;
    } catch (error) {
      return await refused(error);
    }
  }

  async function refused(error: unknown): Promise<boolean> {
    keepNow();
    failure.value = explain(error);
    if (!(error instanceof Problem) || error.isPassing) {
      saving.value = "offline";
      again = Date.now() + wait;
      wait = Math.min(wait * 2, LONGEST_AGAIN_MS);
      return false;
    }
    if (error.status === 412) return await meet(String((error.body as { draft?: string }).draft ?? ""));
    saving.value = error.status === 423 ? "lost" : "refused";
    return false;
  }

  /** Another saved first. Where they changed other fields than we did, both hold; else a person decides. */
  async function meet(draft: string): Promise<boolean> {
    let theirs: Story;
    try {
      theirs = await get("/editor/stories/{story_id}", { path: { story_id: id } });
    } catch (error) {
      return await refused(error);
    }
    const before = base.value.fields;
    const now = fieldsOf(theirs);
    const ours = Object.keys(changed(fields, before)) as (keyof Fields)[];
    const disputed = ours.filter((name) => !isSame(now[name], fields[name]) && !isSame(now[name], before[name]));
    if (disputed.length) {
      conflict.value = { fields: disputed, mine: copy(fields), theirs, draft };
      saving.value = "conflict";
      return false;
    }
    const merged = { ...now, ...Object.fromEntries(ours.map((name) => [name, fields[name]])) } as Fields;
    const isOther = !isSame(merged, fields);
    read(theirs);
    if (isOther) fill(merged);
    return await saveNow();
  }

  async function useMine(): Promise<void> {
    const given = conflict.value;
    if (!given) return;
    conflict.value = null;
    found.value = "";
    read(given.theirs);
    const merged = { ...base.value.fields, ...Object.fromEntries(given.fields.map((name) => [name, fields[name]])) } as Fields;
    if (!isSame(merged, fields)) fill(merged);
    await save();
  }

  function useTheirs(): void {
    const given = conflict.value;
    if (!given) return;
    conflict.value = null;
    read(given.theirs);
    drop();
  }

  function drop(): void {
    forget(person, id);
    found.value = "";
    failure.value = "";
    if (story.value) read(story.value);
    fill(base.value.fields);
    saving.value = "saved";
    firstChange = lastChange = 0;
  }

  const ticking = setInterval(() => {
    if (!isOpen() || running || conflict.value) return;
    const now = Date.now();
    if (saving.value === "offline" && now >= again) void save();
    else if (saving.value === "waiting" && lastChange && (now - lastChange >= REST_MS || now - firstChange >= LONGEST_MS)) void save();
  }, 500);
  const leave = (): void => keepNow();
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", leave);
  onScopeDispose(() => {
    clearInterval(ticking);
    removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", leave);
    clearTimeout(keeping);
  });

  return {
    story, fields, saving, failure, conflict, isDirty, filled, found, isKept,
    load, take, save, useMine, useTheirs, drop,
    changes: () => {
      collect();
      return changed(fields, base.value.fields);
    },
  };
}
