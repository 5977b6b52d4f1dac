/** Where this phone is, if its owner lets us know. */

import { ref, type Ref } from "vue";

import type { Point } from "@/app/district";

const PATIENCE_MS = 15_000;

export interface Locating {
  /** Browsers tell it to nobody but pages that came over https. */
  can: boolean;
  state: Ref<"idle" | "asking" | "denied" | "failed">;
  ask: (then: (point: Point) => void) => void;
}

export function useLocation(): Locating {
  const state: Locating["state"] = ref("idle");
  return {
    can: "geolocation" in navigator && window.isSecureContext,
    state,
    ask(then) {
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
    },
  };
}
