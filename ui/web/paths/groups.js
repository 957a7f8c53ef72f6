/**
 * Groups of codes: a class, a value of a known factor, what a lasso holds, or all others; as text in a link, and their
 * members.
 */

import { MOST_CORNERS, isInside } from "../shared/polygon.js";
import { factorOf } from "./factors.js";

export const OTHERS = "rest"; // the group of all pictures that are not in the other one

/** Whether a text says a group: "class.3", "factor.2.5", "rest", or "lasso.x.y..." in hundredths of a unit of the map. */
export function isGroup(text, { classes, factors }) {
  if (typeof text !== "string") return false;
  if (text === OTHERS) return true;
  const [kind, ...rest] = text.split(".");
  if (kind === "factor") return rest.length === 2 && rest.every((part) => /^\d+$/.test(part)) && Number(rest[1]) < (factors[Number(rest[0])]?.values.length ?? 0);
  if (kind === "class") return rest.length === 1 && /^\d+$/.test(rest[0]) && Number(rest[0]) < classes.length;
  return kind === "lasso" && rest.length >= 6 && rest.length % 2 === 0 && rest.length <= 2 * MOST_CORNERS && rest.every((value) => /^-?\d{1,4}$/.test(value));
}

export const cornersOf = (text) => {
  const values = text.split(".").slice(1).map((value) => Number(value) / 100);
  return Array.from({ length: values.length / 2 }, (_, k) => [values[2 * k], values[2 * k + 1]]);
};

/** A curve drawn by hand as a lasso of at most MOST_CORNERS corners, or null where it is too small to hold anything. */
export function lassoOf(points) {
  if (points.length < 3) return null;
  const step = Math.max(1, points.length / MOST_CORNERS);
  const kept = Array.from({ length: Math.min(points.length, MOST_CORNERS) }, (_, k) => points[Math.floor(k * step)]);
  return `lasso.${kept.flat().map((value) => Math.round(100 * value)).join(".")}`;
}

/**
 * Numbers of the codes of a group; `other` is the group that "rest" leaves out.
 * @throws {Error} one sentence, where the others are none
 */
export function members(text, state, other = []) {
  const { codes, projection, factorIndex, info } = state;
  const all = Array.from({ length: codes.count }, (_, n) => n);
  if (text === OTHERS) {
    const out = new Set(other);
    if (out.size === all.length) throw new Error("All pictures are in one group, so none are left for the other: choose another class, or draw a lasso on the map.");
    return all.filter((n) => !out.has(n));
  }
  const factor = factorOf(text);
  if (factor) return all.filter((n) => factorIndex[n * info.factors.length + factor[0]] === factor[1]);
  if (text.startsWith("class.")) return all.filter((n) => codes.label[n] === Number(text.slice(6)));
  const corners = cornersOf(text);
  const { mu } = projection.flat;
  return all.filter((n) => isInside(corners, mu[2 * n], mu[2 * n + 1]));
}
