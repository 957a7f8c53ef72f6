/** What follows from the view: the map, the draws and where they go, the grid and where it goes, and the distance. */

import { createRandom } from "../engine/random.js";
import { MAPS, createLearned, createMap, createTarget } from "./maps.js";
import { reject } from "./maps/plane_maps.js";
import { energyFloor, ksDistance, ksFloor, project, slicedEnergy } from "./maps/sample_distances.js";
import { createTrainer } from "./maps/trainer.js";

const EVERY = 0.5; // between two lines of the grid
const EXTENT = 3; // of the grid
const FINE = 0.05; // between two points of a line; twice as much for a network, which costs more
const AT_ONCE = 2000; // draws for which the distance is taken in each frame; of more it follows soon
const ON_THE_WAY = 300; // the same during a morph
const SOON_MS = 100;
const MAP_KEYS = ["map", "lower", "curve", "picture", "target", "width", "depth", "seed", "given"];
const DRAW_KEYS = ["map", "n", "seed", "given"];
export const ALL_KEYS = [...new Set([...MAP_KEYS, ...DRAW_KEYS, "net"])];

/** Keeps f, the draws, the grid and the distance in step with the view; it reacts before anything is painted. */
export function deriveFrom(store) {
  const { state } = store;
  store.on(MAP_KEYS, () => {
    const learned = state.map === "learned";
    state.dims = MAPS[state.map].dims;
    state.goal = learned ? createTarget(state.target, state, state.given) : createMap(state, state.given);
    state.trainer = learned && state.goal ? createTrainer(state.goal, state) : null;
    state.f = state.goal;
  });
  store.on([...MAP_KEYS, "net"], () => {
    if (state.trainer) state.f = createLearned(state.trainer.network, state.goal);
  });
  store.on(DRAW_KEYS, () => (state.zs = normals(state.n, state.dims, state.seed)));
  store.on(ALL_KEYS, () => {
    state.xs = state.f && carry(state.f, state.zs, state.dims);
    state.lines = state.dims === 2 ? gridLines(state.trainer ? 2 * FINE : FINE) : null;
    state.carried = state.f && state.lines?.map((line) => carry(state.f, line, 2));
  });
  store.on([...MAP_KEYS, "n"], () => (state.reference = null));
  let timer = 0;
  store.on(["map"], () => (state.measured = null)); // it was of another distribution
  store.on([...ALL_KEYS, "t"], (changed) => {
    const most = ALL_KEYS.some((key) => changed.has(key)) ? (state.dims === 1 ? Infinity : AT_ONCE) : ON_THE_WAY;
    if (state.n <= most || !state.f) state.measured = measure(state);
    else timer ||= setTimeout(() => ((timer = 0), store.set({ measured: measure(state) })), SOON_MS);
  });
  return { stop: () => clearTimeout(timer) };
}

/**
 * Distance of the x that are shown from p(x), Kolmogorov-Smirnov on the line and energy distance on the plane, and its floor.
 * On the plane p(x) is represented by as many draws by rejection.
 */
function measure(state) {
  const { f, goal, dims, zs, xs, t, n, seed } = state;
  if (!f) return null;
  const shown = morph(zs, xs, t);
  if (dims === 1) return { distance: ksDistance(shown.map(goal.cdf).sort()), ...ksFloor(n) };
  if (!state.reference) {
    const reference = draws(goal, n, seed);
    state.reference = project(reference);
    state.floor = energyFloor(reference, n, n);
  }
  return { distance: slicedEnergy(project(shown), state.reference), ...state.floor };
}

/** n draws of z, [n * dims]. More draws of the same seed begin with the same. */
export function normals(n, dims, seed) {
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
export function carry(f, z, dims) {
  if (dims === 1) return z.map(f.fromNormal);
  if (f.carry) return f.carry(z);
  const x = new Float64Array(z.length);
  for (let k = 0; k < z.length; k += 2) x.set(f.fromNormal([z[k], z[k + 1]]), k);
  return x;
}

/** x on its way: (1 - t) z + t f(z). */
export function morph(z, x, t) {
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
