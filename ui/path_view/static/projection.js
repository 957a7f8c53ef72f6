/** The plane on which codes are drawn: z itself for two dimensions, the plane of most variance for more. */

import { axisName, plural } from "../../latent_pad/static/format.js";

/**
 * @typedef {{flat: Object, place: (z: ArrayLike<number>) => number[], names: string[], words: string}} Projection
 *   flat: the codes as points {count, mu [N*2], label}; place: where z lies; names of the axes; words: what is kept
 *
 * @param {import("../../latent_pad/static/engine/model.js").Codes} codes
 * @param {number} D
 * @returns {Projection}
 */
export function createProjection(codes, D) {
  if (D === 2) return { flat: codes, place: ([a, b]) => [a, b], names: [axisName(0), axisName(1)], words: "" };
  if (D === 1) {
    const words = "This model has one dimension: every path lies on the same line, and only the pace can differ.";
    return projected(codes, 1, [[1], [0]], [axisName(0), ""], words);
  }
  const { components, kept } = principal(codes, D, 2);
  const words = `The plane of most variance of the ${plural(D, "dimension")}: it keeps ${Math.round(100 * kept)} % of the variance of the codes. `
    + "Paths are drawn by their shadow on it, so points that look close need not be.";
  return projected(codes, D, components, ["PC 1", "PC 2"], words);
}

function projected(codes, D, components, names, words) {
  const place = (z) => components.map((v) => dot(v, z, 0));
  const mu = new Float32Array(2 * codes.count);
  for (let n = 0; n < codes.count; n++) {
    for (const k of [0, 1]) mu[2 * n + k] = dot(components[k], codes.mu, n * D);
  }
  return { flat: { count: codes.count, mu, label: codes.label }, place, names, words };
}

function dot(v, z, from) {
  let sum = 0;
  for (let j = 0; j < v.length; j++) sum += v[j] * z[from + j];
  return sum;
}

/**
 * The first `count` principal directions of the codes, orthonormal, the largest entry of each positive; and the share
 * of the variance that they keep.
 */
export function principal({ mu, count: N }, D, count) {
  const mean = new Float64Array(D);
  for (let n = 0; n < N; n++) for (let j = 0; j < D; j++) mean[j] += mu[n * D + j] / N;
  const cov = Array.from({ length: D }, () => new Float64Array(D));
  const row = new Float64Array(D);
  for (let n = 0; n < N; n++) {
    for (let j = 0; j < D; j++) row[j] = mu[n * D + j] - mean[j];
    for (let i = 0; i < D; i++) for (let j = i; j < D; j++) cov[i][j] += row[i] * row[j];
  }
  for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) cov[i][j] = cov[j][i];
  const { values, vectors } = eigen(cov);
  const order = Array.from(values.keys()).sort((i, j) => values[j] - values[i]);
  const total = values.reduce((sum, value) => sum + value, 0);
  const components = order.slice(0, count).map((k) => positive(vectors.map((v) => v[k])));
  const kept = order.slice(0, count).reduce((sum, k) => sum + values[k], 0) / (total || 1);
  return { components, kept };
}

function positive(v) {
  const largest = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? v.map((value) => -value) : v;
}

/** Eigenvalues and vectors (as columns) of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, 8.5). */
function eigen(a) {
  const D = a.length;
  const vectors = a.map((_, i) => Float64Array.from({ length: D }, (_, j) => Number(i === j)));
  const size = a.reduce((sum, row, i) => sum + row[i] * row[i], 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < D; p++) for (let q = p + 1; q < D; q++) off += a[p][q] ** 2;
    if (off <= 1e-24 * size) break;
    for (let p = 0; p < D; p++) for (let q = p + 1; q < D; q++) if (a[p][q] !== 0) rotate(a, vectors, p, q);
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

function rotate(a, vectors, p, q) {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k][p], a[k][q]];
    a[k][p] = c * x - s * y;
    a[k][q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p][k], a[q][k]];
    a[p][k] = c * x - s * y;
    a[q][k] = s * x + c * y;
    const [u, v] = [vectors[k][p], vectors[k][q]];
    vectors[k][p] = c * u - s * v;
    vectors[k][q] = s * u + c * v;
  }
}
