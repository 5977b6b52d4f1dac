/**
 * The district on a flat sheet, in metres: small enough that a plain projection is off by less than the width of a
 * street, so the maps need no library and no tiles from elsewhere.
 */

import type { Schemas } from "@/api/client";

export type Town = Schemas["Town"];
export interface Point {
  lat: number;
  lon: number;
}
export interface Flat {
  x: number;
  y: number;
}

const METRES_A_DEGREE = 111_195;
/** The middle of the district, from which everything is measured. */
const MIDDLE: Point = { lat: 31.397, lon: 121.4055 };
const NARROWER = Math.cos((MIDDLE.lat * Math.PI) / 180);
// A metre, finer than any finger.
const DIGITS = 1e5;

/** East and south of the middle, in metres; y grows downwards as on a screen. */
export function flat({ lat, lon }: Point): Flat {
  return { x: (lon - MIDDLE.lon) * NARROWER * METRES_A_DEGREE, y: (MIDDLE.lat - lat) * METRES_A_DEGREE };
}

export function onEarth({ x, y }: Flat): Point {
  const round = (degrees: number): number => Math.round(degrees * DIGITS) / DIGITS;
  return {
    lat: round(MIDDLE.lat - y / METRES_A_DEGREE),
    lon: round(MIDDLE.lon + x / (NARROWER * METRES_A_DEGREE)),
  };
}

/** A closed line as the path of an SVG, in metres. */
export function pathOf(points: readonly Point[]): string {
  return `M${points.map(flat).map(({ x, y }) => `${Math.round(x)},${Math.round(y)}`).join("L")}Z`;
}

export function outlineOf({ outline }: Town): string {
  return outline.coordinates.flat().map((ring) => pathOf(pointsOf(ring))).join("");
}

function pointsOf(ring: number[][]): Point[] {
  return ring.map(([lon = 0, lat = 0]) => ({ lat, lon }));
}

/** The town that a position lies in; undefined outside the district. */
export function townAt(towns: readonly Town[], here: Point): Town | undefined {
  return towns.find(({ outline }) => outline.coordinates.some((rings) => isInside(rings[0] ?? [], here)));
}

/** Whether a ray to the east crosses the ring an odd number of times. */
function isInside(ring: number[][], { lat, lon }: Point): boolean {
  let inside = false;
  for (const [i, corner] of ring.entries()) {
    const [x1 = 0, y1 = 0] = corner;
    const [x2 = 0, y2 = 0] = ring[(i + ring.length - 1) % ring.length] ?? corner;
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

export interface Frame {
  centre: Flat;
  /** Metres a pixel. */
  scale: number;
}

/** What is seen of the district on a drawing of so many pixels. */
export interface Sheet extends Frame {
  width: number;
  height: number;
}

/** The box around some places, in metres. */
export function boxOf(points: readonly Point[]): { middle: Flat; width: number; height: number } {
  const places = points.map(flat);
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return { middle: { x: (west + east) / 2, y: (north + south) / 2 }, width: east - west, height: south - north };
}

/** Whether these places enclose anything that can be drawn. */
export function isArea(points: readonly Point[]): boolean {
  return points.length >= 3 && points.every(isPlace);
}

export function isPlace({ lat, lon }: Point): boolean {
  return Number.isFinite(lat) && Number.isFinite(lon);
}

/** The frame in which all towns are seen, on a sheet of so many pixels. */
export function frameOf(towns: readonly Town[], width: number, height: number): Frame {
  if (towns.length === 0) return { centre: { x: 0, y: 0 }, scale: 60 };
  const box = boxOf(towns.flatMap(({ outline }) => pointsOf(outline.coordinates.flat(2))));
  return { centre: box.middle, scale: Math.max(box.width / width, box.height / height) * 1.06 };
}

/** Where a place is on the sheet, in pixels. */
export function onSheet({ x, y }: Flat, { centre, scale, width, height }: Sheet): Flat {
  return { x: width / 2 + (x - centre.x) / scale, y: height / 2 + (y - centre.y) / scale };
}

/** What lays a drawing in metres onto the sheet, as SVG writes it. */
export function transformOf({ centre, scale, width, height }: Sheet): string {
  return `translate(${width / 2} ${height / 2}) scale(${1 / scale}) translate(${-centre.x} ${-centre.y})`;
}

export interface Label extends Flat {
  id: string;
  words: string;
}

/** Names in their order, without those that would lie over an earlier one. `letter`: the size of the type, in pixels. */
export function apart<T extends Label>(labels: readonly T[], letter: number): T[] {
  const taken: { left: number; right: number; top: number; bottom: number }[] = [];
  return labels.filter(({ words, x, y }) => {
    const half = ([...words].reduce((sum, one) => sum + (one > "\u2e80" ? 1 : 0.56), 0) * letter) / 2 + 3;
    const box = { left: x - half, right: x + half, top: y - letter * 0.7, bottom: y + letter * 0.7 };
    const isFree = taken.every(
      (other) =>
        box.right < other.left || box.left > other.right || box.bottom < other.top || box.top > other.bottom,
    );
    if (isFree) taken.push(box);
    return isFree;
  });
}

/** A length that is easy to read, about a quarter of the sheet. */
export function rulerOf(scale: number, width: number): number {
  const about = (scale * width) / 4;
  const power = 10 ** Math.floor(Math.log10(about));
  return ([5, 2, 1].find((step) => step * power <= about) ?? 1) * power;
}

export function wordsOfPoint({ lat, lon }: Point): string {
  return `${lat.toFixed(4)}, ${lon.toFixed(4)}`;
}
