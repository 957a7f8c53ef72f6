/** What follows from the view, the model and the server's arrays. It is worked out anew when one of them changes. */

import { kl, logPrior } from "../engine/gaussian.js";
import { klOverNodes, measure } from "./posterior_grid.js";
import { milestones, run } from "./running_estimate.js";
import { createEnergy } from "./sigma_free_term.js";
import { keyOf } from "./view.js";

const ENOUGH_OF_Q = 0.999; // of q's mass on the nodes, below which a sum over them says nothing about q

/** @param {import("../shared/store.js").Store} store */
export function derive(store) {
  const { state } = store;
  store.on(["model"], () => (state.energy = state.model && createEnergy(state.model.likelihood, state.model.pixels)));
  store.on(["lattice", "x", "drawing", "model"], () => (state.fresh = isOf(state.lattice, state)));
  store.on(["lattice", "sigma", "model"], () => (state.truth = truthOf(state)));
  store.on(["lattice", "sigma", "model", "q", "x", "drawing"], () => (state.identity = identityOf(state)));
  store.on(["race", "sigma", "model", "n", "x", "drawing"], () => (state.runs = runsOf(state)));
  store.on(["race", "n", "x", "drawing", "seed"], (changed) => {
    if (changed.has("n") || changed.has("race")) state.shown = Math.min(state.shown || Infinity, drawn(state));
    if (!state.playing) state.shown = drawn(state);
  });
  store.on(["z", "sigma", "input", "model"], (changed) => {
    const decoded = changed.has("z") || changed.has("input") || changed.has("model");
    state.here = decoded ? hereOf(state) : weighed(state.here, state);
    if (changed.has("z")) state.dragged = !!state.busy && !changed.has("q");
  });
}

/** How many draws of each racer are there, of the n that are asked for. */
export const drawn = ({ race, n }) => (race ? Math.min(n, race.racers.prior.energy.length) : 0);

/** Whether arrays of the server are those of the model and the x that are shown. */
const isOf = (arrays, state) => arrays?.model === state.info.id && arrays.of === keyOf(state);

function truthOf({ lattice, energy, sigma, info }) {
  if (!energy || lattice?.model !== info.id) return null;
  const logPx = energy.at(sigma);
  const truth = measure(lattice.fine(sigma), lattice.coarse(sigma), logPx);
  const rounding = Math.abs(logPx(lattice.rounding) - logPx(0)); // of the decoder, in single precision
  return { ...truth, error: truth.error + rounding, best: logPx(lattice.least) };
}

/**
 * The parts of log p(x) = ELBO + KL(q ‖ p(z|x)), nats. E_q log p(x|z) is a quadrature over q; `check` is the same KL
 * summed over the nodes of z, null where they are too coarse for q.
 */
function identityOf({ lattice, energy, sigma, truth, q, fresh }) {
  if (!fresh || !truth || !q) return null;
  const logPx = energy.at(sigma);
  const expected = logPx(lattice.expected);
  const rate = kl(q.mu, q.logvar);
  const over = klOverNodes(lattice.forQ(), logPx, truth.logPx, q);
  return {
    expected,
    expectedError: Math.abs(expected - logPx(lattice.expected + lattice.expected_error)),
    rate,
    elbo: expected - rate,
    gap: truth.logPx - (expected - rate),
    logPx: truth.logPx,
    check: over.mass > ENOUGH_OF_Q && over.mass < 2 - ENOUGH_OF_Q ? over.kl : null,
  };
}

/** Log weights are log p(x|z) for draws from the prior, log p(x|z) + log p(z) − log q(z|x) for draws from q. */
function runsOf(state) {
  const { race, energy, sigma } = state;
  if (!energy || !isOf(race, state)) return null;
  const at = milestones(drawn(state));
  const logPx = energy.at(sigma);
  const each = ([name, { energy: energies, offset }]) => {
    const weight = offset ? (k) => logPx(energies[k]) + offset[k] : (k) => logPx(energies[k]);
    return [name, { weight, marks: run(weight, at) }];
  };
  return Object.fromEntries(Object.entries(race.racers).map(each));
}

/** The picture at z, what x costs there, and the two log densities. */
function hereOf(state) {
  const { model, energy, z, input } = state;
  if (!model || !z) return null;
  const raw = model.decodeRaw(z).slice();
  const mean = model.likelihood.meanInto(raw, new Float32Array(model.pixels));
  return weighed({ z, raw, mean, energy: input ? energy.of(raw, input) : NaN, logPrior: logPrior(z) }, state);
}

/** The same z under another σ: nothing is decoded anew. */
const weighed = (here, { energy, sigma }) => here && { ...here, logPx: energy.at(sigma)(here.energy) };

/** The mark of a racer at what is shown of the race. */
export const markAt = (marks, shown) => marks.findLast((mark) => mark.n <= shown) ?? marks[0];
