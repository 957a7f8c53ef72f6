/** What follows from the view, the model and the server's arrays. It is worked out anew when one of them changes. */

import { kl, logPrior } from "../engine/gaussian.js";
import { klOverNodes, measure, shareWithin } from "./posterior_grid.js";
import { milestones, runEstimate } from "./running_estimate.js";
import { createSigmaFreeTerm } from "./sigma.js";
import { RADIUS, keyOf } from "./view.js";

const ENOUGH_OF_Q = 0.999; // of q's mass on the nodes, below which a sum over them says nothing about q

/** @param {import("../shared/store.js").Store} store */
export function deriveState(store) {
  store.derive(["energy"], ["model"], ({ model }) => ({ energy: model && createSigmaFreeTerm(model.likelihood, model.pixels) }));
  store.derive(["fresh"], ["lattice", "x", "drawing", "model"], (state) => ({ fresh: isOf(state.lattice, state) }));
  store.derive(["truth"], ["lattice", "sigma", "energy"], (state) => ({ truth: truthOf(state) }));
  store.derive(["held"], ["truth", "z", "fresh"], ({ truth, z, fresh }) => ({ held: truth && z && fresh ? shareWithin(truth.held, z, RADIUS) : null }));
  store.derive(["identity"], ["lattice", "sigma", "energy", "q", "truth", "fresh"], (state) => ({ identity: identityOf(state) }));
  store.derive(["runs"], ["race", "sigma", "energy", "n", "x", "drawing"], (state) => ({ runs: runsOf(state) }));
  store.derive(["shown"], ["race", "n", "x", "drawing", "seed", "reached"], (state, changed) => ({ shown: shownOf(state, changed) }));
  store.derive(["here"], ["z", "sigma", "input", "model", "energy"], (state, changed) => {
    const decoded = ["z", "input", "model"].some((key) => changed.has(key));
    return { here: decoded ? hereOf(state) : weighed(state.here, state) };
  });
  store.derive(["dragged"], ["z"], ({ busy }, changed) => ({ dragged: !!busy && !changed.has("q") }));
}

const RESTARTS = ["race", "n", "x", "drawing", "seed"]; // at rest all draws are shown once one of them has changed

/** After how many draws the running estimate is shown: as many as it has `reached`, and all that there are at rest. */
function shownOf(state, changed) {
  if (!state.playing && RESTARTS.some((key) => changed.has(key))) return countDraws(state);
  const asked = changed.has("reached") ? state.reached : state.shown;
  return changed.has("n") || changed.has("race") ? Math.min(asked || Infinity, countDraws(state)) : asked;
}

/** How many draws from each proposal are there, of the n that are asked for. */
export const countDraws = ({ race, n }) => (race ? Math.min(n, race.proposals.prior.energy.length) : 0);

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

/**
 * Log weights are log p(x|z) for draws from the prior. For draws from q(z|x), and from the mixture r(z) that is made for x,
 * log p(z) less the log of their own density is added, which no σ changes.
 */
function runsOf(state) {
  const { race, energy, sigma } = state;
  if (!energy || !isOf(race, state)) return null;
  const at = milestones(countDraws(state));
  const logPx = energy.at(sigma);
  const each = ([name, { energy: energies, offset }]) => {
    const weight = offset ? (k) => logPx(energies[k]) + offset[k] : (k) => logPx(energies[k]);
    return [name, { weight, marks: runEstimate(weight, at) }];
  };
  return Object.fromEntries(Object.entries(race.proposals).map(each));
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
