/** The view of "Other families": how far a training goes is read as its goal; what is reached is written. */

import { PICTURE, readLevels, writeLevels } from "../shared/drawn_density.js";
import { readView as read, writeView as write } from "../shared/view.js";

const LEVELS = PICTURE.side ** 2;
const OWN = {
  drawn: { read: (text) => readLevels(text, LEVELS), write: ({ target, drawn }) => (target === "drawn" ? writeLevels(drawn) : null) },
};

export function readView(raw, info) {
  const view = read(raw, info, OWN);
  view.drawn ??= new Float64Array(LEVELS);
  return { ...view, until: view.steps, steps: 0, goal: view.rounds, rounds: 0, small_goal: view.small_steps, small_steps: 0, aim: view.updates, updates: 0 };
}

export const writeView = (state) => write(state, OWN);
