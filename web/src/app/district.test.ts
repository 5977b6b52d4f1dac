import { expect, test } from "vitest";

import { apart, boxOf, flat, frameOf, isArea, onEarth, onSheet, outlineOf, rulerOf, townAt, type Town } from "./district";

const square: Town = {
  id: "square",
  name: "方镇",
  name_en: "Square",
  lat: 31.4,
  lon: 121.4,
  outline: {
    type: "MultiPolygon",
    coordinates: [[[[121.39, 31.39], [121.41, 31.39], [121.41, 31.41], [121.39, 31.41], [121.39, 31.39]]]],
  },
};

test("a place laid flat and read back is the same to a metre", () => {
  const there = { lat: 31.31234, lon: 121.49876 };
  expect(onEarth(flat(there))).toEqual(there);
});

test("a place a hundredth of a degree to the north is 1,112 metres up", () => {
  const here = flat({ lat: 31.4, lon: 121.4 });
  const north = flat({ lat: 31.41, lon: 121.4 });
  expect(Math.round(here.y - north.y)).toBe(1112);
});

test("a point is in the town that encloses it, and in none outside", () => {
  expect(townAt([square], { lat: 31.4, lon: 121.4 })?.id).toBe("square");
  expect(townAt([square], { lat: 31.42, lon: 121.4 })).toBeUndefined();
});

test("what encloses nothing, or is not all there, is no area", () => {
  const corners = [{ lat: 31.39, lon: 121.39 }, { lat: 31.39, lon: 121.41 }, { lat: 31.41, lon: 121.41 }];
  expect(isArea(corners)).toBe(true);
  expect(isArea([])).toBe(false);
  expect(isArea(corners.slice(1))).toBe(false);
  expect(isArea([...corners, { lat: NaN, lon: 121.39 }])).toBe(false);
});

test("all of the district fits the frame", () => {
  const sheet = { ...frameOf([square], 300, 200), width: 300, height: 200 };
  const places = square.outline.coordinates.flat(2).map(([lon = 0, lat = 0]) => onSheet(flat({ lat, lon }), sheet));
  for (const { x, y } of places) {
    expect(Math.abs(x - 150)).toBeLessThanOrEqual(150);
    expect(Math.abs(y - 100)).toBeLessThanOrEqual(100);
  }
  // The first corner is the south-west one.
  expect(places[0]!.x).toBeLessThan(150);
  expect(places[0]!.y).toBeGreaterThan(100);
});

test("a box is measured in metres", () => {
  const { width, height } = boxOf([{ lat: 31.4, lon: 121.4 }, { lat: 31.41, lon: 121.41 }]);
  expect([Math.round(width), Math.round(height)]).toEqual([949, 1112]);
});

test("a name that would lie over an earlier one is left out", () => {
  const names = [["first", 100], ["over", 110], ["beside", 160]] as const;
  const labels = names.map(([id, x]) => ({ id, words: "方镇", x, y: 50 }));
  expect(apart(labels, 16).map(({ id }) => id)).toEqual(["first", "beside"]);
});

test("the outline becomes one closed path", () => {
  expect(outlineOf(square)).toMatch(/^M-?\d+,-?\d+(L-?\d+,-?\d+){4}Z$/);
});

test("the ruler is one, two or five of something and fits", () => {
  for (const scale of [1, 3, 17, 66]) {
    const metres = rulerOf(scale, 360);
    expect(metres / scale).toBeLessThanOrEqual(90);
    expect([1, 2, 5]).toContain(metres / 10 ** Math.floor(Math.log10(metres)));
  }
});
