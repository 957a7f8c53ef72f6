/** The view of the map that a shared link holds. Everything else is derived from it. */

import { encodeDrawing } from "../engine/drawing_codec.js";
import { LARGEST_SEED } from "../engine/random.js";
import { equal, isVector, isWhole, readDrawing, readFields, round, writeFields } from "../shared/view.js";

export const LAYERS = ["heat", "prior", "posterior", "q", "race"];
export const SIGMAS = [0.05, 1];
export const DEPTHS = ["10", "30", "100", "300", "1000", "all"]; // nats below the best z that are told apart by colour
export const MOST = 100_000; // draws of one racer
export const TURNING_MS = 100; // while σ is turned, text and curves follow ten times a second: they cost a frame's layout

/** Each field: how it is read (null: not usable), its default, how it is written (null where it follows from the rest). */
const FIELDS = {
  x: { read: (value, { count }) => (isWhole(value, count) ? value : null), standard: () => 0, write: (x) => x },
  drawing: {
    read: (value, { image_shape: [c, h, w] }) => readDrawing(value, c * h * w),
    standard: () => null,
    write: (values) => values && encodeDrawing(values),
  },
  sigma: {
    read: (value) => (Number.isFinite(value) && value >= SIGMAS[0] && value <= SIGMAS[1] ? value : null),
    standard: ({ likelihood }) => likelihood.sigma,
    write: (sigma, { info }) => (sigma === info.likelihood.sigma ? null : round(sigma)),
  },
  n: { read: (value) => (isWhole(value, MOST + 1) && value > 0 ? value : null), standard: () => 100, write: (n) => n },
  seed: { read: (value) => (isWhole(value, LARGEST_SEED) ? value : null), standard: () => 0, write: (seed) => seed },
  layers: {
    read: (value) => (Array.isArray(value) ? LAYERS.filter((name) => value.includes(name)) : null),
    standard: () => ["heat", "posterior", "q"],
    write: (layers) => layers,
  },
  depth: {
    read: (value) => (DEPTHS.includes(value) ? value : null),
    standard: () => "1000",
    write: (depth) => depth,
  },
  z: {
    read: (value) => (isVector(value, 2) ? value : null),
    standard: () => null, // the mean of q
    write: (z, { q }) => (!z || (q && equal(z, Array.from(q.mu))) ? null : z.map(round)),
  },
  window: {
    read: (value) => (isVector(value, 3) && value[2] > 0 ? value : null),
    standard: () => null, // as wide as the codes
    write: (window, { home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)),
  },
};

export const VIEW_KEYS = Object.keys(FIELDS);
export const readView = (raw, info) => readFields(FIELDS, raw, info);
export const writeView = (state) => writeFields(FIELDS, state);

/** What names x between the browser and the server. */
export const keyOf = ({ x, drawing }) => (drawing ? encodeDrawing(drawing) : String(x));
