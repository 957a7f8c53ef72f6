/** The view of "Other families": how far a training goes is read as its goal; what is reached is written. */

import { readView as read, writeView as write } from "../shared/view.js";

export function readView(raw, info) {
  const view = read(raw, info);
  return { ...view, until: view.steps, steps: 0, goal: view.rounds, rounds: 0, small_goal: view.small_steps, small_steps: 0 };
}

export const writeView = (state) => write(state);
