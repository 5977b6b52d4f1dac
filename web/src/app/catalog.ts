/** The short lists that hardly ever change: sections, towns, offices and what one can ask for. Kept for offline. */

import { shallowReactive } from "vue";

import { get, type Schemas } from "@/api/client";

import { recallThing, rememberThing } from "./memory";

export type Place = Schemas["Place"];
export type Service = Schemas["Service"];
export interface Catalog {
  sections: Place[];
  towns: Place[];
  offices: Place[];
  services: Service[];
}

const KEY = "ronghui.catalog";
const RETRY_MS = 3000;
const LONGEST_RETRY_MS = 60_000;

const NONE: Catalog = { sections: [], towns: [], offices: [], services: [] };
export const catalog = shallowReactive<Catalog>({ ...NONE, ...recallThing<Partial<Catalog>>(KEY, {}) });

/** Read the lists; again until it works, less and less often. */
export async function loadCatalog(wait = RETRY_MS): Promise<void> {
  try {
    const [{ items, towns, offices }, services] = await Promise.all([get("/sections"), get("/services")]);
    Object.assign(catalog, { sections: items, towns, offices, services: services.items });
    rememberThing(KEY, catalog);
  } catch {
    setTimeout(() => void loadCatalog(Math.min(wait * 2, LONGEST_RETRY_MS)), wait * (1 + Math.random()));
  }
}

export function sectionOf(id: string): Place | undefined {
  return catalog.sections.find((one) => one.id === id);
}

export function townsOf(ids: readonly string[]): Place[] {
  return catalog.towns.filter(({ id }) => ids.includes(id));
}
