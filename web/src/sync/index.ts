/** The sync client: docs/sync.md of the server, and README.md beside this file. Framework-free. */

export { canDigest } from "./digest";
export { foresee, type Effect, type View } from "./optimism";
export { browser, single, socketUrl, type Platform } from "./platform";
export { Problem, type Why } from "./problem";
export { MemoryStore, type Store } from "./store";
export { Sync, type Options } from "./sync";
export type { Change, LineState, News, Outcome, Pending, ProblemBody, Server } from "./types";
