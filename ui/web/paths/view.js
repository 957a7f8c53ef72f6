/** What a link to the page holds, as `FIELDS` of the latent pad's store: how each is read, its default, how it is written. */

import { decodeDrawing, encodeDrawing } from "../engine/drawing_codec.js";
import { LARGEST_SEED } from "../engine/random.js";
import { equal, isVector, isWhole, readDrawing, readFields, round, writeFields } from "../shared/view.js";
import { isGroup } from "./groups.js";
import { TASK_NAMES } from "./tasks.js";
import { readHand, writeHand } from "./waypoints.js";

const DRAWN = "drawn.";
const within = (most, standard) => ({ read: (value) => (Number.isFinite(value) && Math.abs(value) <= most ? value : null), standard: () => standard, write: round });
const group = (standard) => ({ read: (value, info) => (isGroup(value, info) ? value : null), standard, write: (value) => value });
const oneOf = (values, standard) => ({ read: (value) => (values.includes(value) ? value : null), standard: () => standard, write: (value) => value });

const FIELDS = {
  stops: {
    read: (value, info) => (Array.isArray(value) && value.length && value.every((stop) => isStop(stop, info)) ? value : null),
    standard: () => null, // two pictures of different classes; known when the codes arrive
    write: (stops, { codes }) => (!stops || !codes || equalTexts(stops, firstStops(codes)) ? null : stops),
  },
  ends: oneOf(["mean", "sample"], "mean"),
  seed: { read: (value) => (isWhole(value, LARGEST_SEED) ? value : null), standard: () => 0, write: (seed) => seed },
  frames: { read: (value) => (isWhole(value, 61) && value > 1 ? value : null), standard: () => 24, write: (frames) => frames },
  frame: { read: (value) => (isWhole(value, 60) ? value : null), standard: () => 0, write: (frame) => frame },
  speed: oneOf([6, 12, 24, 60], 12),
  loop: oneOf([0, 1], 1),
  task: oneOf(TASK_NAMES, "between"),
  dimension: { read: (value, { latent_dim: D }) => (isWhole(value, D) ? value : null), standard: () => null, write: (value) => value },
  value: within(4, 0),
  plus: group(({ classes }) => (classes.length ? "class.0" : "rest")),
  minus: group(() => "rest"),
  strength: within(3, 1),
  factor: { read: (value, { factors }) => (isWhole(value, factors.length) ? value : null), standard: () => null, write: (value) => value },
  measure: oneOf(["information", "importance", "votes"], "information"),
  hand: { read: readHand, standard: () => [], write: writeHand },
  window: {
    read: (value) => (isVector(value, 3) && value[2] > 0 ? value : null),
    standard: () => null, // as wide as the codes; known when they arrive
    write: (window, { home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)),
  },
};

export const VIEW_KEYS = Object.keys(FIELDS);
export const writeView = (state) => writeFields(FIELDS, state);

export function readView(raw, info) {
  const view = readFields(FIELDS, raw, info);
  return { ...view, frame: Math.min(view.frame, view.frames - 1) };
}

/** Where nothing is chosen: the first image, and the first one of another class. */
export function firstStops({ label }) {
  const other = label.findIndex((k) => k !== label[0]);
  return label.length === 1 ? ["0"] : ["0", String(other > 0 ? other : 1)];
}

const equalTexts = (a, b) => a.length === b.length && a.every((text, n) => text === b[n]);

function isStop(stop, { count, image_shape: [C, H, W] }) {
  if (typeof stop !== "string") return false;
  return stop.startsWith(DRAWN) ? readDrawing(stop.slice(DRAWN.length), C * H * W) !== null : /^\d+$/.test(stop) && Number(stop) < count;
}

/** A stop is a test image by its number, or a drawing. */
export const imageOf = (stop) => (stop.startsWith(DRAWN) ? null : Number(stop));
export const drawingOf = (stop, pixels) => decodeDrawing(stop.slice(DRAWN.length), pixels);
export const asDrawing = (values) => DRAWN + encodeDrawing(values);
