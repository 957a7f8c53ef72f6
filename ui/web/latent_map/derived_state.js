/** The chosen x, its posterior, its numbers and the draws: what follows from the view and the model. */

import { sampleInto } from "../engine/gaussian.js";
import { createRandom, nextSeed } from "../engine/random.js";
import { debounce } from "../shared/dom.js";
import { homeOf } from "../shared/projection.js";
import { createXSelector } from "../shared/select_x.js";

export const DRAWS = 64; // for distortion and ELBO
export const ELBO_SEED = 0;
export const STRIP = 12; // pictures in the strip

/** @param {import("../shared/store.js").Store} store */
export function createDerived(store) {
  const { state } = store;
  const measureSoon = debounce(() => {
    const { model, input } = state;
    if (!input || !model) return;
    if (state.busy) return measureSoon();
    store.set({ terms: model.elboTerms(input, { K: DRAWS, seed: ELBO_SEED }) });
  }, 60);

  const chooser = createXSelector(store, measureSoon);
  const drawAgain = (source = state.source) => store.set({ source, seed: nextSeed(state.seed) });

  /** Show the codes on another plane, all of them; what was drawn around belongs to the one before. */
  function choosePlane(plane) {
    store.set({ plane, selected: null, draft: null, missed: null, hover: -1, ...(state.umap?.sentence && { umap: null }) });
    if (!state.codes) return;
    const home = homeOf(state);
    store.set({ home, window: [0, 0, home] });
  }

  store.derive(["draws", "posteriorDraw"], ["q", "source", "seed", "model"], () => ({
    draws: draw(state, state.source),
    posteriorDraw: draw(state, "posterior")[0] ?? null,
  }));
  return { ...chooser, choosePlane, drawAgain, stop: () => measureSoon.cancel() };
}

/** STRIP draws of z from the prior or from q, by the seed; [] where there is no q to draw from. */
function draw({ model, q, seed }, source) {
  if (!model || (source === "posterior" && !q)) return [];
  const zeros = new Float32Array(model.latentDim);
  const { mu, logvar } = source === "prior" ? { mu: zeros, logvar: zeros } : q;
  const random = createRandom(seed);
  return Array.from({ length: STRIP }, () => Array.from(sampleInto(mu, logvar, random, new Float32Array(model.latentDim))));
}
