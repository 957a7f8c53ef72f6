/**
 * The state of one pad. What a shared link holds is one typed list, FIELDS; everything else is derived from it.
 * A change is painted once, in the next animation frame, however many changes led to it.
 */

import { decodeDrawing, encodeDrawing } from "./engine/drawing.js";
import { PLANES } from "./projection.js";
import { MOST_CORNERS } from "./selection.js";

export const OVERLAYS = ["prior", "manifold", "density", "metric"];
const LARGEST_SEED = 2 ** 31 - 1;

export const isWhole = (value, end) => Number.isInteger(value) && value >= 0 && value < end;
export const isVector = (value, length) => Array.isArray(value) && value.length === length && value.every(Number.isFinite);
export const round = (value) => Math.round(value * 1e4) / 1e4 + 0; // + 0: no -0
const isRecord = (value) => typeof value === "object" && value !== null;

export const equal = (a, b) => a.length === b.length && a.every((value, n) => Math.abs(value - b[n]) < 1e-9);

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

export function readDrawing(text, size) {
  if (typeof text !== "string" || !text) return null;
  try {
    return decodeDrawing(text, size);
  } catch {
    return null; // Python has already said so in a sentence
  }
}

/** @returns {Object} every field of a view, from what Python sent (null and nonsense become the default) */
export function readFields(fields, raw, model) {
  const given = isRecord(raw) ? raw : {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, { read, standard }]) => [name, read(given[name], model) ?? standard(model)]),
  );
}

/** @returns {Object} the view as plain JSON, for Python and the link */
export const writeFields = (fields, state) =>
  Object.fromEntries(Object.entries(fields).map(([name, { write }]) => [name, write(state[name], state)]));

export const readView = (raw, model) => readFields(FIELDS, raw, model);
export const writeView = (state) => writeFields(FIELDS, state);

/** The next seed: every "again" is a new one, and the link holds it. */
export const nextSeed = (seed) => (seed + 1) % LARGEST_SEED;

/**
 * @returns {{state: Object, set: (patch: Object) => void, on: (keys: string[], react: (changed: Set<string>) => void)
 *   => void, afterFrame: (react: (changed: Set<string>, ms: number) => void) => void, stop: () => void}}
 *   `set` merges at once and asks for a frame; in it every reaction with a changed key runs, in the order of `on`
 */
export function createStore(initial) {
  const state = { ...initial };
  const reactions = [];
  const endings = [];
  let changed = new Set();
  let frame = 0;
  let stopped = false;

  function set(patch) {
    Object.assign(state, patch);
    for (const key of Object.keys(patch)) changed.add(key);
    if (!frame && !stopped) frame = requestAnimationFrame(run);
  }

  function run() {
    frame = 0;
    const now = changed;
    changed = new Set();
    const start = performance.now();
    for (const { keys, react } of reactions) if (keys.some((key) => now.has(key))) react(now);
    const ms = performance.now() - start;
    for (const react of endings) react(now, ms);
  }

  function stop() {
    stopped = true;
    cancelAnimationFrame(frame);
  }

  return {
    state,
    set,
    on: (keys, react) => reactions.push({ keys, react }),
    afterFrame: (react) => endings.push(react),
    stop,
  };
}

export const VIEW_KEYS = Object.keys(FIELDS);
