/**
 * Groups of codes, and the direction from one to another, twin of vae_core/latent/attribute_vectors.py: the difference of the
 * means. How well it separates them is measured by the difference made from every second member, on the others.
 */

import { plural } from "../shared/format.js";
import { MOST_CORNERS, isInside } from "../shared/polygon.js";
import { factorOf } from "./factors.js";

const FEWEST = 4;

/** Whether a text says a group: "class.3", "factor.2.5", "rest", or "lasso.x.y..." in hundredths of a unit of the map. */
export function isGroup(text, { classes, factors }) {
  if (typeof text !== "string") return false;
  if (text === "rest") return true;
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
  if (text === "rest") {
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

/**
 * Mean of the codes with minus mean of those without.
 * @param {number[]} plus  numbers of codes; at least 4 in each group
 * @returns {{vector: number[], length: number, auc: number, error: number, plus: number[], minus: number[]}} auc: the
 *   share of held-out pairs that the direction orders rightly, 1/2 by chance; its standard error (Hanley and McNeil
 *   1982, eq. 1); plus, minus: held-out codes along the direction, in units of z
 * @throws {Error} one sentence, for groups that are too small or have the same mean
 */
export function direction({ mu }, D, plus, minus) {
  for (const [name, group] of [["first", plus], ["second", minus]]) {
    if (group.length < FEWEST) throw new Error(`The ${name} group holds ${group.length ? plural(group.length, "picture") : "no picture"}, and ${FEWEST} are needed: two for its mean, two to test it. Choose a larger group, or draw the lasso around points.`);
  }
  const vector = difference(mu, D, plus, minus);
  const length = Math.hypot(...vector);
  if (length < 1e-9) throw new Error("The two groups have the same mean code, so there is no direction between them: choose another group.");
  const half = (group, rest) => group.filter((_, k) => k % 2 === rest);
  const judged = difference(mu, D, half(plus, 0), half(minus, 0));
  const unit = Math.hypot(...judged) || 1;
  const along = (n) => judged.reduce((sum, value, j) => sum + (value / unit) * mu[n * D + j], 0);
  const [p, m] = [half(plus, 1).map(along), half(minus, 1).map(along)];
  return { vector, length, ...separation(p, m), plus: p, minus: m };
}

function difference(mu, D, plus, minus) {
  const [a, b] = [meanOf(mu, D, plus), meanOf(mu, D, minus)];
  return a.map((value, j) => value - b[j]);
}

/** How well one number a picture tells two groups apart. */
export function separation(plus, minus) {
  const share = auc(plus, minus);
  const few = Math.min(plus.length, minus.length);
  const a = (share * few + 0.5) / (few + 1); // drawn half a picture towards chance: all right does not mean never wrong
  const [both, neither] = [a / (2 - a), (2 * a ** 2) / (1 + a)];
  const variance = a * (1 - a) + (plus.length - 1) * (both - a ** 2) + (minus.length - 1) * (neither - a ** 2);
  return { auc: share, error: Math.sqrt(Math.max(variance, 0) / (plus.length * minus.length)) };
}

function meanOf(mu, D, group) {
  const mean = new Array(D).fill(0);
  for (const n of group) for (let j = 0; j < D; j++) mean[j] += mu[n * D + j] / group.length;
  return mean;
}

/** The share of pairs in which the first is larger, ties counting half (Mann and Whitney 1947). */
function auc(plus, minus) {
  const sorted = minus.slice().sort((a, b) => a - b);
  const below = (value, strict) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (strict ? sorted[middle] < value : sorted[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return plus.reduce((sum, value) => sum + below(value, true) + below(value, false), 0) / (2 * plus.length * minus.length);
}
