/**
 * Where this phone is, if its owner lets us know.
 *
 * That it is asked for needs the consent to location (docs/adr/0030). Whoever has not given it is asked at this moment:
 * `consent` is the state in which a view shows the question. Only the server knows what was given and taken back,
 * maybe on another phone, so it is asked each time; whoever is not signed in, or offline, answers for this one time.
 */

import { ref, type Ref } from "vue";

import { get, Problem, put } from "@/api/client";
import type { Point } from "@/app/district";
import { me } from "@/app/session";

const PATIENCE_MS = 15_000;
type Take = (point: Point) => void;

export interface Locating {
  /** Browsers tell it to nobody but pages that came over https. */
  can: boolean;
  state: Ref<"idle" | "consent" | "asking" | "denied" | "failed">;
  ask: (then: Take) => Promise<void>;
  /** The answer to the question that `consent` stands for. */
  answer: (agrees: boolean) => Promise<void>;
}

/** Run what asks the server; undefined where it could not be reached or refused. */
async function tried<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return undefined;
  }
}

async function hasAgreed(): Promise<boolean> {
  const held = me.value ? await tried(() => get("/me/consents")) : undefined;
  return held?.items.some((one) => one.purpose === "location" && !one.withdrawn_at) ?? false;
}

async function agree(): Promise<void> {
  if (!me.value) return;
  await tried(async () => {
    const { version } = await get("/me/consents");
    await put("/me/consents/{purpose}", { path: { purpose: "location" }, body: { version } });
  });
}

export function useLocation(): Locating {
  const state: Locating["state"] = ref("idle");
  let waiting: Take | null = null;

  function find(then: Take): void {
    state.value = "asking";
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        state.value = "idle";
        // Five digits are a metre; the phone claims more than it knows.
        then({ lat: Number(coords.latitude.toFixed(5)), lon: Number(coords.longitude.toFixed(5)) });
      },
      ({ code, PERMISSION_DENIED }) => (state.value = code === PERMISSION_DENIED ? "denied" : "failed"),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 60_000 },
    );
  }

  return {
    can: "geolocation" in navigator && window.isSecureContext,
    state,
    async ask(then) {
      state.value = "asking";
      if (await hasAgreed()) return find(then);
      waiting = then;
      state.value = "consent";
    },
    async answer(agrees) {
      const then = waiting;
      waiting = null;
      state.value = "idle";
      if (!agrees || !then) return;
      state.value = "asking";
      await agree();
      find(then);
    },
  };
}
