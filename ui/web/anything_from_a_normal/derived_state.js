/** What follows from the view: the map, the draws and where they go, the grid and where it goes, and the distance. */

import { createRandom } from "../engine/random.js";
import { createTrainer } from "../engine/transport/learned_map.js";
import { reject } from "../engine/transport/plane_maps.js";
import { energyFloor, ksDistance, ksFloor, project, slicedEnergy } from "../engine/transport/sample_distances.js";
import { MAPS, createLearned, createMap, createTarget } from "./maps.js";

const EVERY = 0.5; // between two lines of the grid
const EXTENT = 3; // of the grid
const FINE = 0.05; // between two points of a line; twice as much for a network, which costs more
const AT_ONCE = 2000; // draws for which the distance is taken in each frame; of more it follows soon
const ON_THE_WAY = 300; // the same during a morph
const SOON_MS = 100;
const MAP_KEYS = ["map", "lower", "curve", "picture", "target", "width", "depth", "seed", "given"];
const DRAW_KEYS = ["map", "n", "seed", "given"];
export const ALL_KEYS = [...new Set([...MAP_KEYS, ...DRAW_KEYS, "net"])];

/** Declares f, the draws, the grid, the chosen x and the distance, which follow from the view. */
export function deriveState(store) {
  const { state } = store;
  const measure = createMeasure();
  store.derive(["dims", "goal", "trainer"], MAP_KEYS, () => {
    const learned = state.map === "learned";
    const goal = learned ? createTarget(state.target, state, state.given) : createMap(state, state.given);
    return { dims: MAPS[state.map].dims, goal, trainer: learned && goal ? createTrainer(goal, state) : null };
  });
  store.derive(["f"], ["goal", "trainer", "net"], ({ goal, trainer }) => ({ f: trainer ? createLearned(trainer.network, goal) : goal }));
  store.derive(["zs"], [...DRAW_KEYS, "dims"], ({ n, dims, seed }) => ({ zs: normals(n, dims, seed) }));
  store.derive(["xs"], ["f", "zs", "dims"], ({ f, zs, dims }) => ({ xs: f && applyMap(f, zs, dims) }));
  store.derive(["lines"], ["dims", "trainer"], ({ dims, trainer }) => ({ lines: dims === 2 ? gridLines(trainer ? 2 * FINE : FINE) : null }));
  store.derive(["mappedLines"], ["f", "lines"], ({ f, lines }) => ({ mappedLines: f && lines?.map((line) => applyMap(f, line, 2)) }));
  store.derive(["fz", "shownX"], ["f", "dims", "z", "t"], ({ f, dims, z, t }) => {
    const fz = f ? (dims === 1 ? [f.fromNormal(z[0])] : f.fromNormal(z)) : null;
    return { fz, shownX: fz && interpolate(z, fz, t) };
  });
  const dependsOn = [...ALL_KEYS, "goal", "f", "zs", "xs", "t", "measuredLater"];
  store.derive(["measured"], dependsOn, (_, changed) => {
    const moved = [...ALL_KEYS, "t"].some((key) => changed.has(key));
    if (!moved) return { measured: state.measuredLater };
    if (!takesLong(state, changed)) return { measured: measure(state) };
    return { measured: changed.has("map") ? null : state.measured }; // null: it was of another distribution
  });
  let timer = 0;
  store.on([...ALL_KEYS, "t"], (changed) => {
    if (takesLong(state, changed)) timer ||= setTimeout(() => ((timer = 0), store.set({ measuredLater: measure(state) })), SOON_MS);
  });
  return { stop: () => clearTimeout(timer) };
}

/** Whether the distance would take more of a frame than there is: it follows soon. */
function takesLong({ f, dims, n }, changed) {
  const most = ALL_KEYS.some((key) => changed.has(key)) ? (dims === 1 ? Infinity : AT_ONCE) : ON_THE_WAY;
  return !!f && n > most;
}

/**
 * Distance of the x that are shown from p(x), Kolmogorov-Smirnov on the line and energy distance on the plane, and its floor.
 * On the plane p(x) is represented by as many draws by rejection, which are kept.
 * @returns {(state: Object) => {distance: number, mean: number, high: number} | null}
 */
function createMeasure() {
  let kept = {}; // the draws from p(x): {goal, n, seed, reference, floor}

  function referenceOf({ goal, n, seed }) {
    if (kept.goal === goal && kept.n === n && kept.seed === seed) return kept;
    const drawn = draws(goal, n, seed);
    return (kept = { goal, n, seed, reference: project(drawn), floor: energyFloor(drawn, n, n) });
  }

  return (state) => {
    const { f, goal, dims, zs, xs, t, n } = state;
    if (!f) return null;
    const shown = interpolate(zs, xs, t);
    if (dims === 1) return { distance: ksDistance(shown.map(goal.cdf).sort()), ...ksFloor(n) };
    const { reference, floor } = referenceOf(state);
    return { distance: slicedEnergy(project(shown), reference), ...floor };
  };
}

/** n draws of z, [n * dims]. More draws of the same seed begin with the same. */
function normals(n, dims, seed) {
  const random = createRandom(seed);
  return Float64Array.from({ length: n * dims }, () => random.normal());
}

/** n draws from a density on the plane by rejection, from a seed of their own. */
function draws(goal, n, seed) {
  const random = createRandom(seed + 2 ** 32);
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) out.set(reject(goal, random), 2 * k);
  return out;
}

/** f of each point, [n * dims]. */
function applyMap(f, z, dims) {
  if (dims === 1) return z.map(f.fromNormal);
  if (f.applyAll) return f.applyAll(z);
  const x = new Float64Array(z.length);
  for (let k = 0; k < z.length; k += 2) x.set(f.fromNormal([z[k], z[k + 1]]), k);
  return x;
}

/** (1 - t) z + t f(z): from z to x = f(z) as t goes from 0 to 1. */
export function interpolate(z, x, t) {
  return t === 1 ? x : x.map((v, k) => z[k] + t * (v - z[k]));
}

/** Lines z1 = c, then lines z2 = c, each [points * 2]. */
function gridLines(fine) {
  const count = Math.round((2 * EXTENT) / fine) + 1;
  const lines = [];
  for (const across of [0, 1]) {
    for (let c = -EXTENT; c <= EXTENT; c += EVERY) {
      const line = new Float64Array(2 * count);
      for (let k = 0; k < count; k++) {
        line[2 * k + across] = c;
        line[2 * k + 1 - across] = -EXTENT + k * fine;
      }
      lines.push(line);
    }
  }
  return lines;
}
