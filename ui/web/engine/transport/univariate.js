/**
 * Maps of the line, x = F^-1(Φ(z)), twin of vae_core/transport/univariate.py.
 *
 * @typedef {{density: (x: number) => number, cdf: (x: number) => number, fromNormal: (z: number) => number,
 *   toNormal: (x: number) => number}} LineMap
 */

import { below, density as phi, inverse, logBelow } from "./normal_cdf.js";
import { cumulative, interpolate, massBelow, reach } from "./piecewise_linear.js";

/** @param {number[][]} parts  [weight, mean, sigma] of each component */
export function createMixture(parts) {
  const sum = (term) => parts.reduce((total, part) => total + term(part), 0);
  const density = (x) => sum(([w, m, s]) => (w * phi((x - m) / s)) / s);
  const tail = (x, side) => sum(([w, m, s]) => w * below((side * (x - m)) / s)); // P(X ≤ x) or P(X ≥ x)

  /** Newton's steps inside a bracket, since each component alone would give m + s z. */
  function fromNormal(z) {
    const side = z > 0 ? -1 : 1;
    const goal = below(side * z);
    let low = Math.min(...parts.map(([, m, s]) => m + s * z));
    let high = Math.max(...parts.map(([, m, s]) => m + s * z));
    let x = 0.5 * (low + high);
    for (let k = 0; k < 60 && high - low > 1e-15; k++) {
      const error = side * (tail(x, side) - goal);
      if (error < 0) low = x;
      else high = x;
      const step = x - error / density(x);
      const next = step > low && step < high ? step : 0.5 * (low + high);
      if (Math.abs(next - x) < 1e-15) break;
      x = next;
    }
    return x;
  }

  function toNormal(x) {
    const side = tail(x, 1) > 0.5 ? -1 : 1;
    return side * inverse(tail(x, side));
  }
  return { density, cdf: (x) => tail(x, 1), fromNormal, toNormal };
}

export function createExponential(rate) {
  return {
    density: (x) => (x >= 0 ? rate * Math.exp(-rate * x) : 0),
    cdf: (x) => (x > 0 ? -Math.expm1(-rate * x) : 0),
    fromNormal: (z) => -logBelow(-z) / rate,
    toNormal: (x) => {
      const u = x > 0 ? -Math.expm1(-rate * x) : 0;
      return u < 0.5 ? inverse(u) : -inverse(Math.exp(-rate * x));
    },
  };
}

export function createUniform(low, high) {
  const cdf = (x) => Math.min(1, Math.max(0, (x - low) / (high - low)));
  return {
    density: (x) => (x >= low && x <= high ? 1 / (high - low) : 0),
    cdf,
    fromNormal: (z) => low + (high - low) * below(z),
    toNormal: (x) => inverse(cdf(x)),
  };
}

/** A drawn density at even knots; null where it has no mass. */
export function createDrawn(values, low, high) {
  const cells = values.length - 1;
  const h = (high - low) / cells;
  const mass = cumulative(values, h);
  const total = mass[cells];
  if (!(total > 0)) return null;
  const [valueAt, massAt] = [(k) => values[k], (k) => mass[k]];
  const cdf = (x) => massBelow(valueAt, massAt, cells, low, h, x) / total;
  return {
    density: (x) => interpolate(values, low, h, x) / total,
    cdf,
    fromNormal: (z) => reach(valueAt, massAt, cells, low, h, below(z) * total),
    toNormal: (x) => inverse(cdf(x)),
  };
}

const MOST_KEPT = 50_000; // places kept of one map
const kept = new WeakMap(); // of each map: from z to [x, p(x)]

/**
 * What a map of the line gives at z, remembered: while t changes every frame asks for the same z, and f stays the same.
 * @returns {[number, number]} x = f(z), and the density there
 */
export function applyMemoized(f, z) {
  let places = kept.get(f);
  if (!places || places.size >= MOST_KEPT) kept.set(f, (places = new Map()));
  let found = places.get(z);
  if (!found) {
    const x = f.fromNormal(z);
    places.set(z, (found = [x, f.density(x)]));
  }
  return found;
}
