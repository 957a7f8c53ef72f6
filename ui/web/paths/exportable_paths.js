/**
 * What each tab shows, as rows of frames that can be saved as a movie, a strip, codes and a script.
 *
 * @typedef {{id: string, name: string, colour: string | null, frames: Object, columns?: number}} Take
 *   frames as `measure` gives them; columns: a grid, row by row, and so wide
 */

import { axisName } from "../shared/format.js";
import { isPicked } from "./factors.js";
import { measure } from "./frame_metrics.js";
import { SIDE, SORTS, gridOf } from "./interpolation_grid.js";
import { FIRST, dimensionsByRate, traversalOf } from "./latent_traversal.js";
import { NAMES, colourOf, readyKinds } from "./path_kinds.js";

export const SWEPT = evenlyFrom(-3, 3, 25); // values of a dimension, in units of z
export const STRENGTHS = evenlyFrom(-2, 2, 25); // of a difference

function evenlyFrom(low, high, count) {
  return Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
}

/** Whether there is anything to save. */
export function canExport(state) {
  const z = state.codes && state.stopCodes?.[state.chosen];
  if (!z) return false;
  return { between: readyKinds(state).length > 0, dimensions: true, grid: state.stopCodes.length >= 4, add: !!state.direction, factors: isPicked(state) }[state.tab];
}

/** @returns {Take[]} */
export function exportablePathsOf(state) {
  return { between, dimensions, grid, add, factors }[state.tab](state);
}

/** The order in which a movie shows the frames of a tab: paths once forwards, all else forwards and back. */
export function movieOrder({ tab }, count) {
  const there = Array.from({ length: count }, (_, k) => k);
  return tab === "between" ? there : [...there, ...there.slice(1, -1).reverse()];
}

const measured = (z, { model, codes }) => measure(z, model, codes);

const between = (state) => readyKinds(state).map((kind) => ({
  id: kind, name: NAMES[kind], colour: colourOf(kind, state.theme), frames: state.paths[kind].frames,
}));

/** The dimensions that the contact sheet shows. */
export function sheetRows({ info, allRows }) {
  const { order } = dimensionsByRate(info);
  return allRows ? order : order.slice(0, FIRST);
}

const dimensions = (state) => sheetRows(state).map((j) => sweep(state, j));

const sweep = (state, j) => ({
  id: `z${j + 1}`, name: axisName(j), colour: null, frames: measured(traversalOf(state.stopCodes[state.chosen], j, SWEPT), state),
});

/** The sorts of grid that there are between the four corners. */
export function gridsOf({ stopCodes }) {
  return Object.entries(SORTS).flatMap(([id, [name, way]]) => {
    try {
      return [{ id, name, codes: gridOf(stopCodes.slice(0, 4), way, SIDE).flat() }];
    } catch {
      return []; // the page says why
    }
  });
}

const grid = (state) => gridsOf(state).map(({ id, name, codes }) => ({ id, name, colour: null, frames: measured(codes, state), columns: SIDE }));

function add(state) {
  const z = state.stopCodes[state.chosen];
  const moved = STRENGTHS.map((s) => z.map((value, j) => value + s * state.direction.vector[j]));
  return [{ id: "difference", name: "Difference", colour: null, frames: measured(moved, state) }];
}

const factors = (state) => [sweep(state, state.dimension), ...(state.direction ? add(state) : [])];
