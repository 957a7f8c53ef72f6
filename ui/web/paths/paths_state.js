/** The three paths through the stops, their frames and their numbers: what follows from the stops and their codes. */

import { EACH } from "./drawn_path.js";
import { measure } from "./frame_metrics.js";
import { createGeodesics } from "./geodesics.js";
import { along, evenly, linear, pairs, smooth, spherical, through } from "./interpolation.js";
import { stopCodesOf } from "./stops.js";

const ONE = "A path needs two pictures: add another stop.";
const FEW = "One waypoint is no path yet: draw a curve on the map, or click a second place.";
const SAME = "All stops have the same code, so there is no way to go: choose another picture for one of them.";

/**
 * Sets `state.stopCodes` [W][D], and `state.paths`: for each kind that there is {frames}, {problem} or {waiting}; null where
 * there is none, with `state.problem`, one sentence, where the stops have no way between them.
 */
export function createPathsState(store) {
  const { state } = store;
  const geodesics = createGeodesics(() => store.set({ legs: {} }));
  const kept = createKept();
  let encoding = false;

  store.on(["stops", "ends", "seed", "codes", "model", "encoder", "legs", "frames", "hand"], (changed) => {
    if (!state.codes || !state.stops) return;
    if (changed.has("codes")) geodesics.stop();
    const z = stopCodesOf(state);
    if (z.includes(null)) return fetchEncoder();
    const problem = problemOf(z);
    const paths = { ...(!problem && between(z)), ...(state.hand.length > 0 && { hand: byHand(z) }) };
    store.set({ stopCodes: z, problem, paths: Object.keys(paths).length ? paths : null });
  });

  function between(z) {
    const { model, codes, frames } = state;
    const key = [model, frames, String(z)];
    const plain = (kind, make) => kept(kind, key, () => attempt(() => measure(through(pairs(z).map(([a, b]) => make(a, b)), frames), model, codes)));
    return { linear: plain("linear", linear), spherical: plain("spherical", spherical), geodesic: kept("geodesic", key, () => geodesicOf(z)) };
  }

  /** The curve through the waypoints; off the plane of the map its codes are that of the first stop. */
  function byHand([held]) {
    const { model, codes, frames, hand, projection } = state;
    const points = hand.map((point) => projection.lift(point, held));
    const curve = smooth(points, EACH);
    if (curve.length < 2) return { problem: FEW };
    return kept("hand", [model, frames, String(points)], () => attempt(() => measure(evenly(curve, frames), model, codes)));
  }

  function geodesicOf(z) {
    const { info, model, codes, frames } = state;
    if (state.busy) return { waiting: "It is computed when you let go of the stop." };
    const asked = geodesics.legs(info, pairs(z).filter(([a, b]) => !same(a, b)));
    const legs = pairs(z).map(([a, b]) => (same(a, b) ? { path: [a, b], converged: true } : asked.shift()));
    const refused = legs.find(({ problem }) => problem);
    if (refused) return { problem: refused.problem };
    const ready = legs.filter(({ path }) => path).length;
    if (ready < legs.length) return { waiting: legs.length > 1 ? `The server is computing it: part ${ready + 1} of ${legs.length}.` : "The server is computing it." };
    const found = attempt(() => measure(through(legs.map(({ path }) => along(path)), frames), model, codes));
    return { ...found, converged: legs.every(({ converged }) => converged) };
  }

  function fetchEncoder() {
    if (encoding) return;
    encoding = true;
    const { model } = state;
    model.ensureEncoder()
      .then(() => model === state.model && store.set({ encoder: {}, problem: null }))
      .catch((error) => store.set({ problem: error.message, paths: null }))
      .finally(() => (encoding = false));
  }

  store.on(["retry"], () => {
    if (!state.retry) return;
    geodesics.retry();
    store.set({ legs: {} });
  });
  store.on(["busy"], () => !state.busy && state.paths?.geodesic && !state.paths.geodesic.frames && store.set({ legs: {} }));
  return { stop: geodesics.stop };
}

const same = (a, b) => a.every((value, j) => value === b[j]);

function problemOf(z) {
  if (z.length < 2) return ONE;
  return pairs(z).every(([a, b]) => same(a, b)) ? SAME : null;
}

/** The frames made last of each kind, for as long as `key` stays the same. */
function createKept() {
  const last = {};
  return (kind, key, make) => {
    const old = last[kind];
    if (old && key.every((part, k) => part === old.key[k])) return old.way;
    const way = make();
    last[kind] = way.frames ? { key, way } : null;
    return way;
  };
}

function attempt(make) {
  try {
    return { frames: make() };
  } catch (error) {
    return { problem: error.message };
  }
}
