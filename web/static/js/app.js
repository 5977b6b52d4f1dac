/**
 * The two things every screen reads from: the synchronised copy, and the short lists that hardly ever change.
 */

import { accessToken, get } from "./api.js";
import { Sync } from "./sync.js";

export const sync = new Sync({ get, token: accessToken });

/** @typedef {import("./types.js").Named} Named @typedef {import("./types.js").Service} Service */
/** @type {{sections: Named[], towns: Named[], services: Service[]}} */
export const catalog = { sections: [], towns: [], services: [] };

const RETRY_MS = 3000;

/** Read sections, towns and services; again until it works. @param {() => void} then */
export async function loadCatalog(then) {
  try {
    const [sections, services] = await Promise.all([get("/sections"), all("/services")]);
    catalog.sections = sections.items;
    catalog.towns = sections.towns ?? [];
    catalog.services = services;
    then();
  } catch {
    setTimeout(() => loadCatalog(then), RETRY_MS * (1 + Math.random()));
  }
}

/** Every page of a list. @param {string} path @returns {Promise<any[]>} */
async function all(path) {
  const items = [];
  for (let cursor = ""; ;) {
    const page = await get(path, { cursor });
    items.push(...page.items);
    if (!page.next) return items;
    cursor = page.next;
  }
}

const FRESH_MS = 6000;
/** @type {Map<string, number>} */
const arrivals = new Map();

/** Remember what has just arrived, for its highlight. @param {import("./types.js").Change[]} changes */
export function noteArrivals(changes) {
  const until = Date.now() + FRESH_MS;
  for (const { op, kind, id } of changes) if (op === "put") arrivals.set(`${kind}/${id}`, until);
}

/** Whether a thing arrived a moment ago. @param {string} kind @param {string} id */
export function isFresh(kind, id) {
  return (arrivals.get(`${kind}/${id}`) ?? 0) > Date.now();
}
