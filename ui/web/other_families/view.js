/** The view of "Other families": how far a training goes is read as its goal, `until` or `goal`; what is reached is written. */

import { readView as read, writeView as write } from "../shared/view.js";

export function readView(raw, info) {
  const view = read(raw, info);
  return { ...view, until: view.steps, steps: 0, goal: view.rounds, rounds: 0 };
}

export const writeView = (state) => write(state);
