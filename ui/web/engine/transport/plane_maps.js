/**
 * Exact maps of the plane, twin of vae_core/transport/plane_maps.py. Points are [a, b].
 *
 * `volume(z)` is √det JᵀJ, `margins` are densities to hold histograms against, and `box` is a rectangle
 * around the origin that holds all of x but a millionth, with the highest density in it.
 * @typedef {{fromNormal: Function, toNormal: Function, density: Function, volume: Function, box: {half: number[], top: number},
 *   margins: {name: string, of: (x: number[]) => number, density: (v: number) => number, low: number, high: number}[]}} PlaneMap
 */

import { below, density as phi, inverse } from "./normal_cdf.js";
import { cumulative, massBelow, reach } from "./piecewise_linear.js";
import { createDrawn } from "./univariate.js";

const NEEDLE = 1e-12; // Φ is kept this far from 0 and 1 before it is inverted

/** x = z/10 + z/‖z‖; undefined at z = 0, where it gives NaN. */
export function createRing() {
  const radial = (r) => (r > 0 ? 10 * r * Math.exp(-0.5 * r * r) : 0); // density of ρ = 1 + r/10
  return {
    fromNormal([a, b]) {
      const scale = 0.1 + 1 / Math.hypot(a, b);
      return [a * scale, b * scale];
    },
    toNormal([a, b]) {
      const rho = Math.hypot(a, b);
      const scale = (10 * Math.max(0, rho - 1)) / rho;
      return [a * scale, b * scale];
    },
    density(x) {
      const rho = Math.hypot(...x);
      return rho > 1 ? radial(10 * (rho - 1)) / (2 * Math.PI * rho) : 0;
    },
    volume(z) {
      const r = Math.hypot(...z);
      return (1 + r / 10) / (10 * r);
    },
    box: { half: [1.7, 1.7], top: 0.93 },
    margins: [{ name: "ρ = ‖x‖", of: ([a, b]) => Math.hypot(a, b), density: (rho) => radial(10 * (rho - 1)), low: 0.98, high: 1.42 }],
  };
}

/** x = Lz with L = [[a, 0], [b, c]], so that the covariance is LLᵀ. */
export function createGaussian([a, b, c]) {
  const toNormal = ([x, y]) => [x / a, (y - (b / a) * x) / c];
  const density = (x) => {
    const [u, v] = toNormal(x);
    return (phi(u) * phi(v)) / (a * c);
  };
  const margin = (j, sigma) => ({ name: `x${"₁₂"[j]}`, of: (x) => x[j], density: (v) => phi(v / sigma) / sigma, low: -4.5, high: 4.5 });
  const second = Math.hypot(b, c);
  return {
    fromNormal: ([u, v]) => [a * u, b * u + c * v],
    toNormal,
    density,
    volume: () => a * c,
    box: { half: [5 * a, 5 * second], top: density([0, 0]) },
    margins: [margin(0, a), margin(1, second)],
  };
}

/**
 * The conditional distribution method: x1 = F1^-1(Φ(z1)), x2 = F_{2|1}^-1(Φ(z2) | x1).
 * @param {ArrayLike<number>} table  density at side × side knots over [-half, half]², up to a factor; x1 is the slow index
 * @returns {PlaneMap | null} null where the table has no mass
 */
export function createBilinear(table, side, half) {
  const cells = side - 1;
  const low = -half;
  const h = (2 * half) / cells;
  const rows = Array.from({ length: side }, (_, i) => table.slice(i * side, (i + 1) * side));
  const masses = rows.map((row) => cumulative(row, h));
  const first = createDrawn(Float64Array.from(masses, (mass) => mass[cells]), low, half);
  if (!first) return null;
  const total = cumulative(Float64Array.from(masses, (mass) => mass[cells]), h)[cells];

  /** The row at x1: density and mass at each knot of x2, a blend of two rows of the table. */
  function rowAt(x1) {
    const place = Math.min(cells, Math.max(0, (x1 - low) / h));
    const i = Math.min(cells - 1, Math.floor(place));
    const s = place - i;
    const blend = (of) => (k) => of[i][k] + s * (of[i + 1][k] - of[i][k]);
    return { valueAt: blend(rows), massAt: blend(masses) };
  }

  function fromNormal([z1, z2]) {
    const x1 = first.fromNormal(z1);
    const { valueAt, massAt } = rowAt(x1);
    return [x1, reach(valueAt, massAt, cells, low, h, below(z2) * massAt(cells))];
  }

  function toNormal([x1, x2]) {
    const { valueAt, massAt } = rowAt(x1);
    const here = massAt(cells);
    const u2 = here > 0 ? massBelow(valueAt, massAt, cells, low, h, x2) / here : (Math.min(half, Math.max(low, x2)) - low) / (2 * half);
    return [first.cdf(x1), u2].map((u) => inverse(Math.min(1 - NEEDLE, Math.max(NEEDLE, u))));
  }

  function density([x1, x2]) {
    const place = (x2 - low) / h;
    if (!(Math.abs(x1) <= half && place >= 0 && place <= cells)) return 0;
    const { valueAt } = rowAt(x1);
    const k = Math.min(cells - 1, Math.floor(place));
    return (valueAt(k) + (place - k) * (valueAt(k + 1) - valueAt(k))) / total;
  }

  const across = createDrawn(Float64Array.from(rows[0], (_, k) => cumulative(rows.map((row) => row[k]), h)[cells]), low, half);
  const margin = (j, line) => ({ name: `x${"₁₂"[j]}`, of: (x) => x[j], density: line.density, low, high: half });
  return {
    fromNormal,
    toNormal,
    density,
    volume: (z) => (phi(z[0]) * phi(z[1])) / density(fromNormal(z)),
    box: { half: [half, half], top: table.reduce((most, v) => Math.max(most, v), 0) / total },
    margins: [margin(0, first), margin(1, across)],
  };
}

/** One draw from a density by rejection, which knows nothing of the map: it is what the map is held against. */
export function reject({ density, box: { half, top } }, random) {
  for (;;) {
    const x = half.map((side) => side * (2 * random.uniform() - 1));
    if (random.uniform() * top < density(x)) return x;
  }
}
