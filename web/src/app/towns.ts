/** The district's towns with their outlines: our own map, which needs no tiles and works offline. */

import { shallowRef, type ShallowRef } from "vue";

import { get } from "@/api/client";
import { lang } from "@/i18n";

import type { Town } from "./district";
import { recallThing, rememberThing } from "./memory";

const KEY = "ronghui.towns";
const towns = shallowRef<readonly Town[]>(recallThing<Town[]>(KEY, []));
let asked = false;

/** Have the outlines at hand; asked for once a start, as they hardly ever change. */
export function useTowns(): Readonly<ShallowRef<readonly Town[]>> {
  if (!asked) void load();
  return towns;
}

async function load(): Promise<void> {
  asked = true;
  try {
    towns.value = (await get("/towns")).items;
    rememberThing(KEY, towns.value);
  } catch {
    asked = false;
  }
}

/** What a town is called among people; its rank is in the lists beside the maps. */
export function shortName(town: Town): string {
  return lang.value === "en"
    ? town.name_en.replace(/ (Sub-district|Town)$|^Baoshan /g, "")
    : town.name.replace(/(?<=..)(街道|镇)$|^宝山/g, "");
}
