/** What a link to the latent map holds: one typed list. Everything else is derived from it. */

import { encodeDrawing } from "../engine/drawing_codec.js";
import { LARGEST_SEED } from "../engine/random.js";
import { PLANES } from "../shared/projection.js";
import { equal, isVector, isWhole, readDrawing, readFields, round, writeFields } from "../shared/view.js";
import { MOST_CORNERS } from "./selection.js";

export const OVERLAYS = ["prior", "manifold", "density", "metric"];

/**
 * Each field of the view: how it is read (null: not usable, take the default), its default, and how it is written
 * (null where it is what follows from the rest, so that a link stays short).
 */
const FIELDS = {
  z: {
    read: (value, { latent_dim }) => (isVector(value, latent_dim) ? value : null),
    standard: () => null, // the mean of q where an x is chosen, else of the first image
    write: (z, { q }) => (!z || (q && equal(z, Array.from(q.mu))) ? null : z.map(round)),
  },
  x: { read: (value, { count }) => (isWhole(value, count) ? value : null), standard: () => null, write: (x) => x },
  drawing: {
    read: (value, { image_shape: [c, h, w] }) => readDrawing(value, c * h * w),
    standard: () => null,
    write: (values) => values && encodeDrawing(values),
  },
  plane: {
    read: (value, { latent_dim: d, umap }) => (PLANES.includes(value) && d > 2 && (umap || value !== "umap") ? value : null),
    standard: () => PLANES[0],
    write: (plane) => plane,
  },
  spot: {
    read: (value) => (isVector(value, 2) ? value : null), // becomes `wantedSpot` until the plane is there
    standard: () => null,
    write: (spot, { plane, z, wantedSpot }) => (plane !== "umap" ? null : spot?.z === z ? spot.at.map(round) : wantedSpot ?? null),
  },
  axes: {
    read: (value, { latent_dim: d }) => (isVector(value, 2) && value.every((j) => isWhole(j, d)) ? value : null),
    standard: mostInformative,
    write: (axes, { info }) => (equal(axes, mostInformative(info)) ? null : axes),
  },
  selected: {
    read: (value) => (isPolygon(value) ? Array.from({ length: value.length / 2 }, (_, k) => [value[2 * k], value[2 * k + 1]]) : null),
    standard: () => null,
    write: (corners) => corners && corners.flat(),
  },
  window: {
    read: (value) => (isVector(value, 3) && value[2] > 0 ? value : null),
    standard: () => null, // as wide as the codes; known when they arrive
    write: (window, { home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)),
  },
  overlays: {
    read: (value) => (Array.isArray(value) ? OVERLAYS.filter((name) => value.includes(name)) : null),
    standard: () => ["prior"],
    write: (overlays) => overlays,
  },
  hidden: {
    read: (value, { classes }) => (Array.isArray(value) ? value.filter((k) => isWhole(k, classes.length)) : null),
    standard: () => [],
    write: (hidden) => hidden,
  },
  source: {
    read: (value) => (["prior", "posterior"].includes(value) ? value : null),
    standard: () => "posterior",
    write: (source) => source,
  },
  seed: { read: (value) => (isWhole(value, LARGEST_SEED) ? value : null), standard: () => 0, write: (seed) => seed },
};

const isPolygon = (value) =>
  Array.isArray(value) && value.length % 2 === 0 && value.length >= 6 && value.length <= 2 * MOST_CORNERS && value.every(Number.isFinite);

/** The two dimensions that carry most, in that order; of two dimensions, the first across. */
function mostInformative({ latent_dim: d, rate_per_dimension: rates = [] }) {
  const order = Array.from({ length: d }, (_, j) => j);
  if (d > 2) order.sort((i, j) => (rates[j] ?? 0) - (rates[i] ?? 0));
  return [order[0], order[Math.min(1, d - 1)]];
}

export const VIEW_KEYS = Object.keys(FIELDS);
export const readView = (raw, model) => readFields(FIELDS, raw, model);
export const writeView = (state) => writeFields(FIELDS, state);
