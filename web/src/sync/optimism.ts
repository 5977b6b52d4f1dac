/**
 * What a mutation will probably do, so that it is seen at once. One effect a name; it is laid over what the server has
 * sent, again after every change below it, and taken away when the server refuses or when its own rows have come. An
 * effect changes nothing but the view it is given, and does nothing where the server's data has it already. A mutation
 * without an effect is sent all the same.
 */

export interface View {
  /** The person, and the entry whose effect this is. `id`: what the server has called the new thing, once it has answered. */
  readonly me: string;
  readonly key: string;
  readonly at: string;
  readonly id: string | undefined;
  readonly isSending: boolean;
  find<T>(kind: string, id: string): T | undefined;
  list<T>(kind: string): T[];
  put(kind: string, id: string, data: object): void;
  remove(kind: string, id: string): void;
}
export type Effect = (view: View, args: any) => void;

const effects = new Map<string, Effect>();

/** Give a mutation its effect. */
export function foresee(name: string, effect: Effect): void {
  effects.set(name, effect);
}

export function effectOf(name: string): Effect | undefined {
  return effects.get(name);
}

function edit(view: View, kind: string, id: string, changes: object): void {
  const thing = view.find<object>(kind, id);
  if (thing) view.put(kind, id, { ...thing, ...changes });
}

// ── messages ──

interface Bell {
  id: string;
  read_at: string | null;
}

foresee("inbox.read", (view, { ids, all }: { ids?: string[]; all?: boolean }) => {
  const marked = new Set(view.list<{ bell: string }>("read").map(({ bell }) => bell));
  for (const bell of view.list<Bell>("bell")) {
    if (bell.read_at || marked.has(bell.id) || !(all || ids?.includes(bell.id))) continue;
    // A bell to everybody carries no mark of its own; on one's own copy of the view it may.
    view.put("bell", bell.id, { ...bell, read_at: view.at });
  }
});

// ── requests ──

interface Step {
  action: string;
  text: string | null;
  at: string;
}
interface Request {
  id: string;
  service: { id: string };
  title: string;
  text: string;
  state: string;
  timeline: Step[];
  allowed: string[];
}

/** Clocks of phones are wrong by minutes; a step of before that is another one. */
const CLOCK_MS = 10 * 60_000;

function step(view: View, id: string, action: string, text: string | undefined, changes: Partial<Request> & object): void {
  const request = view.find<Request>("request", id);
  if (!request) return;
  const since = Date.parse(view.at) - CLOCK_MS;
  const isThere = request.timeline.some((one) => one.action === action && one.text === (text ?? null) && Date.parse(one.at) > since);
  if (isThere) return;
  const own = { id: view.key, at: view.at, action, state: changes.state ?? request.state, by: "", office: null, text: text ?? null, media: [], rating: null, pending: view.key };
  view.put("request", id, { ...request, ...changes, timeline: [...request.timeline, own] });
}

interface Place {
  address?: string;
  lat?: number;
  lon?: number;
  datum?: string;
  town?: string;
}
interface Filing extends Place {
  service: string;
  title: string;
  text: string;
  place?: Place;
  privacy?: string;
}

foresee("request.file", (view, args: Filing) => {
  const id = view.id ?? view.key;
  if (view.find("request", id)) return;
  // Its row may be faster than the answer that says its id.
  const isTwin = (one: Request): boolean => one.service.id === args.service && one.title === args.title && one.text === args.text;
  if (view.isSending && view.list<Request>("request").some(isTwin)) return;
  // The place is sent as one thing, or its fields beside the others; what is read has both.
  const { address = null, lat = null, lon = null, datum = null, town = null } = { ...args, ...args.place };
  const place = { address, lat, lon, datum, town };
  view.put("request", id, {
    id, ver: 0, code: "", service: { id: args.service, name: "" }, title: args.title, text: args.text, ...place,
    place, outside_district: false, place_note: null, media: [], contact: null, state: "filed", office: null,
    supervised: false, urgency: "normal", due: null, due_provisional: false, due_explained: null, waiting: false,
    extended: false, complex: false, merged: false, callback_due: false, review: null, declined: null,
    confirm_until: null, custody: [], timeline: [], rating: null, on_behalf: null, privacy: args.privacy ?? "private",
    reopen_until: null, allowed: [], created_at: view.at, updated_at: view.at, pending: view.key,
  });
});

foresee("request.message", (view, { id, text }: { id: string; text: string }) => step(view, id, "message", text, {}));
foresee("request.confirm", (view, { id, text }: { id: string; text?: string }) =>
  step(view, id, "confirm", text, { state: "closed", allowed: [] }));
foresee("request.reopen", (view, { id, reason }: { id: string; reason: string }) =>
  step(view, id, "reopen", reason, { state: "in_progress", allowed: [] }));
foresee("request.rate", (view, { id, attitude, result, comment = null }: { id: string; attitude: number; result: number; comment?: string | null }) =>
  edit(view, "request", id, {
    rating: { attitude, result, comment, at: view.at },
    allowed: [],
    // A result of 2 or less confirms nothing.
    ...(result > 2 ? { state: "closed" } : {}),
  }));

// ── the person ──

foresee("me.edit", (view, args: object) => edit(view, "me", view.me, args));
foresee("me.prefer", (view, args: object) =>
  view.put("preference", view.me, { ...view.find<object>("preference", view.me), ...args }));
