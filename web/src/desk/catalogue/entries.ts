/** The doors of items and of windows, which are alike, and the lists their forms choose from. */

import { shallowReactive } from "vue";

import { get, patch, post, type Schemas } from "@/api/client";

import { keyOf } from "../parts/sendKey";

export type Kind = "item" | "window";
export type Entry = Schemas["CatalogueEntry"];
export type Item = Required<Omit<Schemas["CatalogueItemForm"], "office">>;
export type Window = Required<Omit<Schemas["WindowForm"], "office">>;

const PATHS = { item: "/office/catalogue", window: "/office/windows" } as const;

function at({ id, ver }: Entry): { path: { entry_id: string }; ifMatch: number } {
  return { path: { entry_id: id }, ifMatch: ver };
}

export function listEntries(kind: Kind, cursor?: string): Promise<{ items: Entry[]; next: string | null }> {
  return get(PATHS[kind], { query: { limit: 50, ...(cursor ? { cursor } : {}) } });
}

export function getEntry(kind: Kind, id: string): Promise<Entry> {
  return get(`${PATHS[kind]}/{entry_id}`, { path: { entry_id: id } });
}

/** The draft of a new one; `key` makes it one however often it is sent. */
export function draftEntry(kind: Kind, office: string, said: Item | Window, key: string): Promise<Entry> {
  return post(PATHS[kind], { key, body: { ...said, office } as Schemas["CatalogueItemForm"] & Schemas["WindowForm"] });
}

/** `ver`: the version it was made from, or the colleague's that it knowingly takes the place of. */
export function editEntry(kind: Kind, id: string, ver: number, said: Item | Window): Promise<Entry> {
  const body = said as Schemas["CatalogueItemEditForm"] & Schemas["WindowEditForm"];
  return patch(`${PATHS[kind]}/{entry_id}`, { path: { entry_id: id }, ifMatch: ver, body });
}

export function publishEntry(kind: Kind, entry: Entry): Promise<Entry> {
  return post(`${PATHS[kind]}/{entry_id}/publish`, { ...at(entry), key: keyOf("publish", entry) });
}

export function discardEntry(kind: Kind, entry: Entry, key: string): Promise<Entry> {
  return post(`${PATHS[kind]}/{entry_id}/discard`, { ...at(entry), key });
}

export function withdrawEntry(kind: Kind, entry: Entry, reason: string, key: string): Promise<Entry> {
  return post(`${PATHS[kind]}/{entry_id}/withdraw`, { ...at(entry), key, body: { reason } });
}

/** What forms choose from. Windows are those that are public, of any office: one counter serves many. */
export const around = shallowReactive({
  categories: [] as Schemas["CatalogueKind"][],
  events: [] as Schemas["CatalogueKind"][],
  windows: [] as { id: string; title: string; office: string }[],
});

export async function loadAround(): Promise<void> {
  const [kinds, windows] = await Promise.all([get("/catalogue/kinds"), get("/windows")]);
  around.categories = kinds.categories;
  around.events = kinds.events;
  around.windows = windows.items.map(({ id, title, office }) => ({ id, title, office: office.name }));
}
