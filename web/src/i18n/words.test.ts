import { expect, test } from "vitest";

import * as app from "./app";
import * as community from "./community";
import * as government from "./government";
import * as me from "./me";
import * as news from "./news";
import * as services from "./services";

const AREAS = [app, community, government, me, news, services];

test.each(["zh", "en"] as const)("no word is defined in two places: %s", (lang) => {
  const keys = AREAS.flatMap((area) => Object.keys(area[lang]));
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});
