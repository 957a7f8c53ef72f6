/** What a shared link holds: one typed list. Each field says how it is read, its default, and when it says anything. */

import { CURVE, MAPS, MOST, PICTURE, TARGETS, TOP, Z_HALF } from "./maps.js";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
export const WIDTHS = [2, 4, 8, 16, 32];
export const DEPTHS = [1, 2, 3, 4];
export const SHOWN = ["density", "grid", "points", "volume"];
export const MOST_STEPS = 20_000;

const between = (value, low, high) => Number.isFinite(value) && value >= low && value <= high;
const whole = (value, low, high) => Number.isInteger(value) && between(value, low, high);
const numbers = (value, length, test) => Array.isArray(value) && value.length === length && value.every(test);
const round = (value) => Math.round(value * 1e4) / 1e4 + 0;
const always = () => true;
const isLearned = ({ map }) => map === "learned";
const drawsPicture = ({ map, target }) => map === "picture" || (map === "learned" && target === "picture");

const FIELDS = {
  map: field("bimodal", (v) => Object.hasOwn(MAPS, v)),
  t: field(1, (v) => between(v, 0, 1), { write: round }),
  n: field(1000, (v) => whole(v, 10, 10_000)),
  seed: field(0, (v) => whole(v, 0, 2 ** 31 - 1)),
  z: field(null, (v) => Array.isArray(v) && v.every((c) => between(c, -Z_HALF, Z_HALF)), { write: writePoint }),
  show: field(["density", "grid", "points"], (v) => Array.isArray(v) && v.every((name) => SHOWN.includes(name))),
  lower: field([1.4, 1.1, 0.7], (v) => numbers(v, 3, (c) => between(c, -MOST, MOST)), { when: ({ map }) => map === "gaussian", write: (v) => v.map(round) }),
  curve: field(null, (v) => typeof v === "string", { when: ({ map }) => map === "curve", parse: (v) => readLevels(v, CURVE.knots), write: writeLevels }),
  picture: field(null, (v) => typeof v === "string", { when: drawsPicture, parse: (v) => readLevels(v, PICTURE.side ** 2), write: writeLevels }),
  target: field("moons", (v) => TARGETS.includes(v), { when: isLearned }),
  width: field(8, (v) => WIDTHS.includes(v), { when: isLearned }),
  depth: field(2, (v) => DEPTHS.includes(v), { when: isLearned }),
  steps: field(0, (v) => whole(v, 0, MOST_STEPS), { when: isLearned }),
};
export const VIEW_KEYS = Object.keys(FIELDS);

function field(standard, is, { when = always, parse = (v) => v, write = (v) => v } = {}) {
  return { standard, is, when, parse, write };
}

/** Every field of the view from what Python sent; nonsense, which Python has said already, becomes the default. */
export function readView(raw) {
  const entries = Object.entries(FIELDS).map(([name, { standard, is, parse }]) => [name, is(raw?.[name]) ? parse(raw[name]) : standard]);
  const view = Object.fromEntries(entries);
  view.curve ??= new Float64Array(CURVE.knots);
  view.picture ??= new Float64Array(PICTURE.side ** 2);
  return { ...view, z: pointOf(view), until: view.steps, steps: 0 };
}

/** The view as plain JSON; a field that the chosen map does not use is null. */
export const writeView = (state) =>
  Object.fromEntries(Object.entries(FIELDS).map(([name, { when, write }]) => [name, when(state) ? write(state[name], state) : null]));

const START = { 1: [0.8], 2: [1, 0.6] };

/** The chosen point, in as many dimensions as the map has. */
export function pointOf({ map, z }) {
  const { dims } = MAPS[map];
  return z?.length === dims ? z : START[dims];
}

function writePoint(z, { map }) {
  return z.every((v, k) => round(v) === START[MAPS[map].dims][k]) ? null : z.map(round);
}

/** Levels 0..63, one base64url digit each; null for an empty drawing. */
function writeLevels(values) {
  const levels = Array.from(values, (v) => Math.round(v));
  return levels.some(Boolean) ? levels.map((level) => DIGITS[level]).join("") : null;
}

function readLevels(text, count) {
  const levels = Float64Array.from(text, (digit) => DIGITS.indexOf(digit));
  return levels.length === count && levels.every((level) => level >= 0 && level <= TOP) ? levels : null;
}
