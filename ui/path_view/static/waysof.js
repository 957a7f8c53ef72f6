/** The three ways through the stops, their frames and figures: what follows from the stops, their codes and the clock. */

import { codesOf } from "./codes.js";
import { createGeodesics } from "./geodesics.js";
import { measure } from "./measures.js";
import { imageOf } from "./view.js";
import { along, linear, pairs, spherical, through } from "./ways.js";

const ONE = "A path needs two pictures: add another stop.";
const SAME = "All stops have the same code, so there is no way to go: choose another picture for one of them.";

/**
 * Sets `state.ends_z` [W][D], and `state.ways`: for each kind {frames}, {problem} or {waiting}; or null with
 * `state.problem`, one sentence, where there is no way at all.
 */
export function createWays(store) {
  const { state } = store;
  const geodesics = createGeodesics(() => store.set({ legs: {} }));
  let encoding = false;

  store.on(["stops", "ends", "seed", "codes", "model", "encoder", "legs", "frames"], (changed) => {
    if (!state.codes || !state.stops) return;
    if (changed.has("codes")) geodesics.stop();
    const z = codesOf(state);
    if (z.includes(null)) return fetchEncoder();
    const problem = problemOf(z);
    const before = changed.has("legs") && changed.size === 1 ? state.ways : null;
    store.set({ stopCodes: z, problem, ways: problem ? null : waysOf(z, before) });
  });

  function waysOf(z, before) {
    const { model, codes, frames } = state;
    const straight = (kind, make) => before?.[kind] ?? attempt(() => measure(through(pairs(z).map(([a, b]) => make(a, b)), frames), model, codes));
    return { linear: straight("linear", linear), spherical: straight("spherical", spherical), geodesic: before?.geodesic.frames ? before.geodesic : geodesicOf(z) };
  }

  function geodesicOf(z) {
    const { info, model, codes, frames } = state;
    if (state.busy) return { waiting: "It is worked out once the stop rests." };
    const asked = geodesics.legs(info, pairs(z).filter(([a, b]) => !same(a, b)));
    const legs = pairs(z).map(([a, b]) => (same(a, b) ? { path: [a, b], converged: true } : asked.shift()));
    const refused = legs.find(({ problem }) => problem);
    if (refused) return { problem: refused.problem };
    const ready = legs.filter(({ path }) => path).length;
    if (ready < legs.length) return { waiting: legs.length > 1 ? `The server works it out: leg ${ready + 1} of ${legs.length}.` : "The server works it out." };
    const found = attempt(() => measure(through(legs.map(({ path }) => along(path)), frames), model, codes));
    return { ...found, converged: legs.every(({ converged }) => converged) };
  }

  function fetchEncoder() {
    if (encoding) return;
    encoding = true;
    const { model } = state;
    model.ensureEncoder()
      .then(() => model === state.model && store.set({ encoder: {}, problem: null }))
      .catch((error) => store.set({ problem: error.message, ways: null }))
      .finally(() => (encoding = false));
  }

  store.on(["retry"], () => {
    if (!state.retry) return;
    geodesics.retry();
    store.set({ legs: {} });
  });
  store.on(["busy"], () => !state.busy && state.ways && !state.ways.geodesic.frames && store.set({ legs: {} }));
  return { stop: geodesics.stop };
}

const same = (a, b) => a.every((value, j) => value === b[j]);

function problemOf(z) {
  if (z.length < 2) return ONE;
  return pairs(z).every(([a, b]) => same(a, b)) ? SAME : null;
}

function attempt(make) {
  try {
    return { frames: make() };
  } catch (error) {
    return { problem: error.message };
  }
}

/** "A Ankle boot 0": the letter of a stop and what it is. */
export function stopName({ stops, codes, info }, n) {
  const letter = String.fromCharCode(65 + n);
  const index = imageOf(stops[n]);
  return index === null ? `${letter} drawn` : `${letter} ${info.classes[codes.label[index]] ?? "image"} ${index}`;
}
