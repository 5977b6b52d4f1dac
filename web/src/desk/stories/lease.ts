/** The lease of a story: taken to write, renewed while one does, given back on leaving. The server's clock decides. */

import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from "vue";

import { del, post, Problem, type Schemas } from "@/api/client";
import { useThing } from "@/app/store";
import { now } from "@/app/time";

import { explain, tell } from "../parts/commands";
import { me } from "../rights";
import type { Lease } from "./words";

const HEARTBEAT_MS = 60_000;

export interface Held {
  /** Whether we hold it. */
  isOurs: Ref<boolean>;
  /** The lease of a colleague that holds now. */
  others: ComputedRef<Lease | null>;
  /** Why the last try failed. */
  failure: Ref<string>;
  take(): Promise<boolean>;
  takeOver(reason: string): Promise<void>;
  release(): Promise<void>;
}

/** @param unsaved what is not saved yet, for the server to keep if a colleague takes over */
export function useLease(id: string, unsaved: () => Record<string, unknown>): Held {
  const path = { story_id: id };
  const known = useThing<Lease>("lock", id);
  /** A refusal names the holder, also where no stream has told of them. */
  const named = ref<Lease | null>(null);
  const isOurs = ref(false);
  const failure = ref("");
  const others = computed(() => {
    const lease = known.value ?? named.value;
    return lease?.by && lease.by.id !== me.value?.id && Date.parse(lease.expires_at) > now.value ? lease : null;
  });

  async function renew(): Promise<void> {
    const draft = unsaved();
    const body = (Object.keys(draft).length ? { draft } : {}) as Schemas["LeaseForm"];
    await post("/editor/stories/{story_id}/lock", { path, body });
  }

  async function take(): Promise<boolean> {
    try {
      await renew();
      isOurs.value = true;
      named.value = null;
      failure.value = "";
    } catch (error) {
      isOurs.value = false;
      failure.value = explain(error);
      if (error instanceof Problem && error.status === 423) named.value = { id, ver: 0, kind: "story", ...(error.body as object) } as Lease;
    }
    return isOurs.value;
  }

  async function takeOver(reason: string): Promise<void> {
    await post("/editor/stories/{story_id}/lock/take-over", { path, body: { reason } });
    isOurs.value = true;
    named.value = null;
    failure.value = "";
  }

  async function release(): Promise<void> {
    if (!isOurs.value) return;
    isOurs.value = false;
    // Where it cannot be given back now it runs out by itself.
    await del("/editor/stories/{story_id}/lock", { path }).catch(() => {});
  }

  watch(others, (lease) => {
    if (!lease || !isOurs.value) return;
    isOurs.value = false;
    tell(`${lease.by?.name}接管了这篇稿件${lease.reason ? `：${lease.reason}` : "。"} 您没存上的文字还在这台设备上。`, "error");
  });
  const beating = setInterval(() => {
    if (!isOurs.value) return;
    renew().catch((error: unknown) => {
      if (!(error instanceof Problem) || error.isPassing) return;
      isOurs.value = false;
      tell(explain(error), "error");
    });
  }, HEARTBEAT_MS);
  onScopeDispose(() => clearInterval(beating));
  return { isOurs, others, failure, take, takeOver, release };
}
