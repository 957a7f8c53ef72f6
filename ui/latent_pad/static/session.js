/** The chosen x, its posterior, its numbers and the draws: what follows from the view and the model. */

import { debounce } from "./dom.js";
import { sampleInto } from "./engine/gaussian.js";
import { toUnit } from "./engine/images.js";
import { createRandom } from "./engine/random.js";
import { nextSeed } from "./store.js";

export const DRAWS = 64; // for distortion and ELBO
export const ELBO_SEED = 0;
export const STRIP = 12; // pictures in the strip

/** @param {import("./store.js").Store} store */
export function createSession(store) {
  const { state } = store;
  let request = 0; // the latest choice of x; answers to older ones are dropped

  /** Choose image `index`; z goes to the mean of its posterior. */
  async function chooseImage(index, { moveZ = true } = {}) {
    const { codes, model } = state;
    const mine = ++request;
    const D = model.latentDim;
    const code = codes && { mu: codes.mu.slice(index * D, (index + 1) * D), logvar: codes.logvar.slice(index * D, (index + 1) * D) };
    store.set({ x: index, drawing: null, input: null, q: code, terms: null, xError: null });
    if (moveZ && code) store.set({ z: Array.from(code.mu) });
    const before = state.z;
    try {
      const [bytes] = await Promise.all([state.images.load(index), model.ensureEncoder()]);
      if (mine !== request || model !== state.model) return;
      encode(toUnit(bytes, new Float32Array(model.pixels)), moveZ && state.z === before);
    } catch (error) {
      if (mine === request && error.name !== "AbortError") store.set({ xError: error.message });
    }
  }

  /** Take a drawing, [C*H*W] in [0, 1], as x. Asks for the encoder where it is not there yet. */
  async function chooseDrawing(values, { moveZ = true } = {}) {
    const { model } = state;
    const mine = ++request;
    store.set({ drawing: values, x: null, xError: null, ...(state.x !== null && { q: null, input: null, terms: null }) });
    try {
      if (!model.encoderReady()) await model.ensureEncoder();
      if (mine === request && model === state.model) encode(asInput(values, model.likelihood.kind), moveZ);
    } catch (error) {
      if (mine === request && error.name !== "AbortError") store.set({ xError: error.message });
    }
  }

  function encode(input, moveZ) {
    const { mu, logvar } = state.model.encode(input);
    const q = { mu: mu.slice(), logvar: logvar.slice() };
    store.set({ input, q, terms: null, ...(moveZ && { z: Array.from(q.mu) }) });
    measureSoon();
  }

  const measureSoon = debounce(() => {
    const { model, input } = state;
    if (!input || !model) return;
    if (state.busy) return measureSoon();
    store.set({ terms: model.elboTerms(input, { K: DRAWS, seed: ELBO_SEED }) });
  }, 60);

  function clear() {
    request++;
    store.set({ x: null, drawing: null, input: null, q: null, terms: null, xError: null });
  }

  const drawAgain = (source = state.source) => store.set({ source, seed: nextSeed(state.seed) });

  store.on(["q", "source", "seed", "model"], () => {
    state.draws = draw(state, state.source);
    state.posteriorDraw = draw(state, "posterior")[0] ?? null;
  });
  return { chooseImage, chooseDrawing, clear, drawAgain, stop: () => measureSoon.cancel() };
}

/** STRIP draws of z from the prior or from q, by the seed; [] where there is no q to draw from. */
function draw({ model, q, seed }, source) {
  if (!model || (source === "posterior" && !q)) return [];
  const zeros = new Float32Array(model.latentDim);
  const { mu, logvar } = source === "prior" ? { mu: zeros, logvar: zeros } : q;
  const random = createRandom(seed);
  return Array.from({ length: STRIP }, () => Array.from(sampleInto(mu, logvar, random, new Float32Array(model.latentDim))));
}

/** What the encoder is given of a drawing: black and white for a Bernoulli model, the 16 levels otherwise. */
export const asInput = (values, kind) => values.map(kind === "bernoulli" ? (v) => (v >= 0.5 ? 1 : 0) : (v) => v);
