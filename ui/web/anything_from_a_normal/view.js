/** The view of "Anything from a normal": the form in which the state holds it, and which fields a map does not use. */

import { PICTURE, readLevels, writeLevels } from "../shared/drawn_density.js";
import { readView as read, round, writeView as write } from "../shared/view.js";
import { CURVE, MAPS } from "./maps.js";

const isLearned = ({ map }) => map === "learned";
const drawsPicture = ({ map, target }) => map === "picture" || (map === "learned" && target === "picture");

/** Written where the chosen map uses it, else null. */
const when = (uses, name, written = (value) => value) => ({ write: (state) => (uses(state) ? written(state[name]) : null) });

const OWN = {
  z: { write: writePoint },
  lower: when(({ map }) => map === "gaussian", "lower", (value) => value.map(round)),
  curve: { read: (text) => readLevels(text, CURVE.knots), ...when(({ map }) => map === "curve", "curve", writeLevels) },
  picture: { read: (text) => readLevels(text, PICTURE.side ** 2), ...when(drawsPicture, "picture", writeLevels) },
  target: when(isLearned, "target"),
  width: when(isLearned, "width"),
  depth: when(isLearned, "depth"),
  steps: when(isLearned, "steps"),
};

/** Every field of the view from what Python sent; nonsense, which Python has said already, becomes the default. */
export function readView(raw, info) {
  const view = read(raw, info, OWN);
  view.curve ??= new Float64Array(CURVE.knots);
  view.picture ??= new Float64Array(PICTURE.side ** 2);
  return { ...view, z: pointOf(view), until: view.steps, steps: 0 };
}

/** The view as plain JSON; a field that the chosen map does not use is null. */
export const writeView = (state) => write(state, OWN);

const START = { 1: [0.8], 2: [1, 0.6] };

/** The chosen point, in as many dimensions as the map has. */
export function pointOf({ map, z }) {
  const { dims } = MAPS[map];
  return z?.length === dims ? z : START[dims];
}

function writePoint({ z, map }) {
  return z.every((v, k) => round(v) === START[MAPS[map].dims][k]) ? null : z.map(round);
}
