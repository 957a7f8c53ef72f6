/** The preimage of a point x: the z whose x is there, or as near to it as f comes. */

import { MAPS, Z_HALF } from "./maps.js";

const clamp = (z) => z.map((v) => Math.min(Z_HALF, Math.max(-Z_HALF, v)));
const NEWTON = 12;
const DELTA = 1e-5;
const NEARLY_ZERO = 1e-3;

/** @returns {number[]} z with (1 - t) z + t f(z) nearest to x, inside the window of z */
export function preimageOf(state, x) {
  const { f, t, map } = state;
  if (t === 0) return clamp(x);
  if (t === 1 && f.toNormal) return clamp(MAPS[map].dims === 1 ? [f.toNormal(x[0])] : inverted(f, x));
  return MAPS[map].dims === 1 ? bisect(f, t, x[0]) : newton(state, x);
}

/** A point in the hole of the ring has no z: the nearest has a z that is nearly zero, on the same ray. */
function inverted(f, x) {
  const z = f.toNormal(x);
  return z.some(Boolean) ? z : x.map((v) => v * NEARLY_ZERO);
}

/** On the line x grows with z. */
function bisect(f, t, x) {
  let [low, high] = [-Z_HALF, Z_HALF];
  for (let k = 0; k < 50; k++) {
    const z = 0.5 * (low + high);
    if ((1 - t) * z + t * f.fromNormal(z) < x) low = z;
    else high = z;
  }
  return [0.5 * (low + high)];
}

/** From the nearest point of the grid, by Newton's steps that are kept only while they come nearer. */
function newton(state, x) {
  const { f, t } = state;
  const at = ([a, b]) => {
    const [p, q] = f.fromNormal([a, b]);
    return [a + t * (p - a), b + t * (q - b)];
  };
  const away = (z) => Math.hypot(at(z)[0] - x[0], at(z)[1] - x[1]);
  let z = nearestOnGrid(state, x);
  let distance = away(z);
  for (let k = 0, step = 1; k < NEWTON && distance > 1e-9; k++) {
    const [base, right, up] = [at(z), at([z[0] + DELTA, z[1]]), at([z[0], z[1] + DELTA])];
    const [a, c, b, d] = [right[0] - base[0], right[1] - base[1], up[0] - base[0], up[1] - base[1]].map((v) => v / DELTA);
    const det = a * d - b * c;
    const [e, g] = [x[0] - base[0], x[1] - base[1]];
    const next = clamp([z[0] + (step * (d * e - b * g)) / det, z[1] + (step * (a * g - c * e)) / det]);
    const reached = away(next);
    if (reached < distance) [z, distance] = [next, reached];
    else step /= 2;
  }
  return z;
}

function nearestOnGrid({ lines, mappedLines, t }, x) {
  let [best, least] = [[0, 0], Infinity];
  lines.forEach((line, l) => {
    for (let k = 0; k < line.length; k += 2) {
      const [a, b] = [line[k], line[k + 1]];
      const distance = Math.hypot(a + t * (mappedLines[l][k] - a) - x[0], b + t * (mappedLines[l][k + 1] - b) - x[1]);
      if (distance < least) [best, least] = [[a, b], distance];
    }
  });
  return best;
}
