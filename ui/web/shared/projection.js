/**
 * Projections of codes to the plane, twin of vae_core/latent/projection.py: by two of their dimensions, by their principal axes, or where UMAP puts them. The first two
 * are true slices of latent space: each place is a code, once it is said what is held. UMAP's plane is not.
 *
 * @typedef {{a: number, b: number, ra: number, rb: number, turn: number}} Ellipse  centre and half axes at 1 sd, in units
 *   of the plane; the first axis turned by `turn` counterclockwise
 *
 * @typedef {Object} Projection
 * @property {"dimensions" | "pca" | "umap"} kind
 * @property {{count: number, mu: Float32Array, label: Uint8Array} | null} points  the codes' places, mu [N*2]
 * @property {(z: ArrayLike<number>) => number[]} place  where z lies
 * @property {(z: number[], a: number, b: number) => {z: number[], spot?: Object}} move  what the state takes over when z is
 *   put at (a, b): on a slice, z with all else held
 * @property {((q: {mu: ArrayLike<number>, logvar: ArrayLike<number>}) => Ellipse) | null} ellipse  q(z|x) on the plane;
 *   null where it has no shape
 * @property {string[]} names  of the axes
 * @property {number} kept  share of the variance of the codes that the plane keeps
 */

import { dot, principalAxes } from "../engine/pca.js";
import { axisName } from "./format.js";
import { homeHalf, nearestFew } from "./nearest.js";

export const PLANES = ["dimensions", "pca", "umap"];
const BETWEEN = 4; // nearest codes of a place on UMAP's plane

const made = new WeakMap(); // state -> {key, codes, embedding, projection}

/** @returns {Projection} of what the state shows now; by dimensions as long as what it asks for is not there */
export function projectionOf(state) {
  const { codes = null, embedding = null, plane = "dimensions", axes } = state;
  const key = `${plane}:${axes}`;
  const held = made.get(state);
  if (held && held.key === key && held.codes === codes && held.embedding === embedding) return held.projection;
  const projection = create(codes, embedding, plane, axes);
  made.set(state, { key, codes, embedding, projection });
  return projection;
}

/** Where z is shown: on UMAP's plane where the visitor has put it, as long as it is that z. */
export function placeOf(state) {
  const { kind, place } = projectionOf(state);
  return kind === "umap" && state.spot?.z === state.z ? state.spot.at : place(state.z);
}

/** Half the width of the plane that shows all codes. */
export const homeOf = (state) => homeHalf(projectionOf(state).points, 2, [0, 1]);

/** Whether each place of the plane is a code. */
export const isSlice = (state) => projectionOf(state).kind !== "umap";

function create(codes, embedding, plane, axes) {
  if (plane === "pca" && codes) return byPrincipalAxes(codes);
  if (plane === "umap" && embedding && embedding.codes === codes) return byUmap(codes, embedding);
  return byDimensions(codes, axes);
}

const dimensionsOf = (codes) => codes.mu.length / codes.count;

function byDimensions(codes, [i, j]) {
  const D = codes ? dimensionsOf(codes) : 0;
  return {
    kind: "dimensions",
    points: codes && (D === 2 && i === 0 && j === 1 ? codes : flat(codes, (at) => codes.mu[at + i], (at) => (i === j ? 0 : codes.mu[at + j]))),
    place: (z) => [z[i], i === j ? 0 : z[j]],
    move: (z, a, b) => {
      const moved = z.slice();
      moved[j] = b;
      moved[i] = a;
      return { z: moved };
    },
    ellipse: (q) => ellipseOn(q, [i, j]),
    names: [axisName(i), i === j ? "" : axisName(j)],
    kept: codes ? shareOf(codes, [i, j]) : 1,
  };
}

function byPrincipalAxes(codes) {
  const { components: [u, v], kept } = principalAxes(codes, dimensionsOf(codes), 2);
  const place = (z) => [dot(u, z, 0), dot(v, z, 0)];
  return {
    kind: "pca",
    points: flat(codes, (at) => dot(u, codes.mu, at), (at) => dot(v, codes.mu, at)),
    place,
    move: (z, a, b) => {
      const [a0, b0] = place(z);
      return { z: z.map((value, k) => value + (a - a0) * u[k] + (b - b0) * v[k]) };
    },
    ellipse: ({ mu, logvar }) => {
      const [a, b] = place(mu);
      const spread = (s, t) => s.reduce((sum, value, k) => sum + value * t[k] * Math.exp(logvar[k]), 0);
      return { a, b, ...axesOf(spread(u, u), spread(u, v), spread(v, v)) };
    },
    names: ["PC 1", "PC 2"],
    kept,
  };
}

function byUmap(codes, embedding) {
  const D = dimensionsOf(codes);
  const points = { count: codes.count, mu: embedding.places, label: codes.label };
  return {
    kind: "umap",
    points,
    place: (z) => weighted(points.mu, 2, weightsOf(nearestFew(codes, D, z, BETWEEN))),
    move: (z, a, b) => {
      const from = weightsOf(nearestFew(points, 2, [a, b], BETWEEN));
      const moved = weighted(codes.mu, D, from);
      return { z: moved, spot: { at: [a, b], z: moved, from } };
    },
    ellipse: null,
    names: ["UMAP 1", "UMAP 2"],
    kept: NaN,
  };
}

function flat({ count, mu, label }, a, b) {
  const D = mu.length / count;
  const places = new Float32Array(2 * count);
  for (let n = 0; n < count; n++) {
    places[2 * n] = a(n * D);
    places[2 * n + 1] = b(n * D);
  }
  return { count, mu: places, label };
}

/** q(z|x) on two dimensions. */
export const ellipseOn = ({ mu, logvar }, [i, j]) =>
  ({ a: mu[i], b: mu[j], ra: Math.exp(0.5 * logvar[i]), rb: Math.exp(0.5 * logvar[j]), turn: 0 });

/** Half axes and turn of the ellipse of a covariance [[p, r], [r, s]] at 1 sd. */
function axesOf(p, r, s) {
  const [middle, apart] = [(p + s) / 2, Math.hypot((p - s) / 2, r)];
  return { ra: Math.sqrt(middle + apart), rb: Math.sqrt(Math.max(0, middle - apart)), turn: 0.5 * Math.atan2(2 * r, p - s) };
}

/** Weights of one over the squared distance, which sum to 1; a code that is met exactly has it all. */
function weightsOf(found) {
  if (found[0].square === 0) return [{ index: found[0].index, weight: 1 }];
  const total = found.reduce((sum, { square }) => sum + 1 / square, 0);
  return found.map(({ index, square }) => ({ index, weight: 1 / square / total }));
}

/** Mean of some rows of length `width`, by their weights. */
const weighted = (rows, width, from) =>
  Array.from({ length: width }, (_, k) => from.reduce((sum, { index, weight }) => sum + weight * rows[index * width + k], 0));

/** Share of the variance of all dimensions that two of them have. */
function shareOf({ mu, count }, axes) {
  const D = mu.length / count;
  const [sums, squares] = [new Float64Array(D), new Float64Array(D)];
  for (let at = 0; at < mu.length; at += D) {
    for (let k = 0; k < D; k++) {
      sums[k] += mu[at + k];
      squares[k] += mu[at + k] ** 2;
    }
  }
  const variances = squares.map((square, k) => square / count - (sums[k] / count) ** 2);
  const total = variances.reduce((sum, value) => sum + value, 0);
  return new Set(axes).size === D || !total ? 1 : [...new Set(axes)].reduce((sum, k) => sum + variances[k], 0) / total;
}
