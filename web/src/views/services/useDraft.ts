/** A form that is kept while it is written, so that a call, a lift or a flat battery costs nobody their words. */

import { onScopeDispose, ref, watch, type Ref } from "vue";

import { me } from "@/app/session";

import { dropDraft, keepDraft, readDraft } from "./drafts";
import type { Photo } from "./photos";

const PAUSE_MS = 400;

export interface DraftBase {
  photos: Photo[];
}
interface KeptPhoto {
  key: string;
  name: string;
  blob: Blob;
}

/** Photos as they can be stored: what is still being made small, or could not be, is not kept. */
function keepable(photos: readonly Photo[]): KeptPhoto[] {
  return photos.flatMap(({ key, name, blob }) => (blob ? [{ key, name, blob }] : []));
}

function shown(photos: readonly KeptPhoto[]): Photo[] {
  return photos.map((photo) => ({ ...photo, preview: URL.createObjectURL(photo.blob), state: "ready" }));
}

export function useDraft<T extends DraftBase>(
  name: string,
  draft: Ref<T>,
  isEmpty: (draft: T) => boolean,
): {
  /** Whether something was found from before. */
  restored: Ref<boolean>;
  restore: () => Promise<void>;
  /** Written no more: it was sent, or given up. */
  drop: () => Promise<void>;
} {
  const restored = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const owner = (): string | undefined => me.value?.id;

  function save(): void {
    const who = owner();
    if (!who || isOver) return;
    if (isEmpty(draft.value)) void dropDraft(who, name);
    else void keepDraft(who, name, plain(draft.value));
  }

  const plain = (value: T): unknown => ({
    ...(JSON.parse(JSON.stringify({ ...value, photos: [] })) as object),
    photos: keepable(value.photos),
  });

  watch(
    draft,
    () => {
      clearTimeout(timer);
      timer = setTimeout(save, PAUSE_MS);
    },
    { deep: true },
  );
  onScopeDispose(() => {
    clearTimeout(timer);
    save();
  });

  async function restore(): Promise<void> {
    const who = owner();
    if (!who) return;
    const held = await readDraft<T & { photos: KeptPhoto[] }>(who, name);
    if (!held) return;
    draft.value = { ...draft.value, ...held, photos: shown(held.photos) };
    restored.value = true;
  }

  async function drop(): Promise<void> {
    isOver = true;
    clearTimeout(timer);
    const who = owner();
    if (who) await dropDraft(who, name);
  }

  return { restored, restore, drop };
}

/** Photos of an entry of the outbox, to be mended with it. */
export function photosOf(files: Record<string, Blob>): Photo[] {
  return shown(Object.entries(files).map(([key, blob]) => ({ key, name: key, blob })));
}
