/** Waypoints of a drawn path: points of the map's plane, in thousandths of its unit, joined by a smooth curve. */

import { smooth } from "./interpolation.js";

export const MOST_WAYPOINTS = 24;
export const EACH = 16; // steps of the curve from one waypoint to the next
const FINE = 1000;

/** @returns {number[][] | null} waypoints from "x.y.x.y...", null for anything else */
export function readHand(text) {
  if (typeof text !== "string" || !/^-?\d{1,5}(\.-?\d{1,5})*$/.test(text)) return null;
  const values = text.split(".").map((value) => Number(value) / FINE);
  if (values.length % 2 || values.length > 2 * MOST_WAYPOINTS) return null;
  return Array.from({ length: values.length / 2 }, (_, k) => [values[2 * k], values[2 * k + 1]]);
}

export const writeHand = (points) => (points.length ? points.flat().map((value) => Math.round(FINE * value)).join(".") : null);

/** As a link holds them: rounded, held to what it can say, none twice in a row. */
export function roundWaypoints(points) {
  const most = 99_999;
  const round = (value) => Math.min(most, Math.max(-most, Math.round(FINE * value))) / FINE + 0; // + 0: no -0
  const rounded = points.map((point) => point.map(round));
  return rounded.filter((point, k) => !k || point.some((value, j) => value !== rounded[k - 1][j]));
}

/** The few points of a drawn line that it cannot do without: none of the others lies farther than `least` from them. */
export function simplifyCurve(points, least) {
  const kept = simplified(points, least);
  return kept.length <= MOST_WAYPOINTS ? kept : simplifyCurve(points, 1.5 * least);
}

/** Ramer 1972, Douglas and Peucker 1973. */
function simplified(points, least) {
  if (points.length < 3) return points;
  const [first, last] = [points[0], points.at(-1)];
  const far = points.map((point) => fromLine(point, first, last));
  const k = far.indexOf(Math.max(...far));
  if (far[k] <= least) return [first, last];
  return [...simplified(points.slice(0, k + 1), least), ...simplified(points.slice(k), least).slice(1)];
}

function fromLine([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const t = square > 0 ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** Which waypoint a new one at (a, b) should follow: that before it on the curve, if it lies within `reach` of it, else the last. */
export function waypointBefore(points, [a, b], reach) {
  if (points.length < 2) return points.length - 1;
  const far = smooth(points, EACH).map(([x, y]) => Math.hypot(x - a, y - b));
  const nearest = far.indexOf(Math.min(...far));
  const isEnd = nearest === 0 || nearest === far.length - 1;
  return far[nearest] <= reach && !isEnd ? Math.min(points.length - 2, Math.floor(nearest / EACH)) : points.length - 1;
}
