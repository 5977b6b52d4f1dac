/** What people say and do together, in the shapes of the OpenAPI document. */

import type { Schemas } from "@/api/client";

/** Laid over the copy before the server has answered: its key in the outbox. */
interface Waiting {
  pending?: string;
}

export type Tip = Schemas["Tip"] & Waiting;
export type Poll = Schemas["Poll"];
export type Vote = Schemas["Vote"];
export type PollCounts = Schemas["PollCounts"];
export type Gathering = Schemas["Gathering"];
export type GatheringPlaces = Schemas["Places"];
export type SignUp = Schemas["OwnSignUp"];
export type Identity = Schemas["Identity"];
export type Talk = Schemas["Talk"];
export type Like = Schemas["Like"];
type Own = Schemas["OwnComment"];
/** A comment as everybody sees it; one's own says besides why it was refused. */
export type Comment = Omit<Own, "reason" | "reason_name"> & Partial<Pick<Own, "reason_name">> & Waiting;
