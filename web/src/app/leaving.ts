/** What lies on the phone beside the synchronised copy and belongs to a person goes when they sign out. */

import { onSession } from "./session";

const DRAFTS = "ronghui-drafts";

export function startLeaving(): void {
  onSession((event) => {
    if (event !== "out") return;
    // By name, as the part of the app that writes drafts need not have been opened since the start.
    indexedDB.deleteDatabase(DRAFTS);
    void import("@/views/news/history").then(({ forgetVisits }) => forgetVisits());
  });
}
