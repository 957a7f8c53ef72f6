/** The training of a denoiser for one noise, and what is measured of its walk on the way. */

import { createRandom } from "../../engine/random.js";
import { createDenoiserTraining } from "../engine/denoiser.js";
import * as gsn from "../engine/gsn.js";

export const MODES = { weights: [0.5, 0.5], means: [-2, 2], sds: [0.5, 0.5] };
const CELLS = 200; // of a lattice
const DENSER = 1.2; // from one measurement, which takes time, to the next the steps grow by this

/**
 * The walk of a denoiser, each figure with its error by halving the lattice: `relaxation` in steps, `off` the total variation of
 * its law from the data's; `step` that of one denoising; `x` and `density` its law on the lattice.
 */
export function measureWalk(denoiser, noise) {
  const [{ x, law, relaxation }, rough] = [CELLS, CELLS / 2].map((cells) => gsn.walkOnLattice(denoiser, noise, cells));
  const [off, roughly] = [{ x, law }, rough].map((walk) => gsn.totalVariation(walk.law, gsn.lawOf(MODES, walk.x)));
  const density = law.map((share) => share / (x[1] - x[0]));
  const step = gsn.stepError(MODES, denoiser, noise, CELLS);
  return { x, density, relaxation, error: Math.abs(relaxation - rough.relaxation), off, offError: Math.abs(off - roughly), step };
}

/** A training that `run` goes on with; `figures` are those of its last measurement, at the step `figures.steps`. */
export function createFit({ noise, seed }) {
  const training = createDenoiserTraining({ data: MODES, noise, random: createRandom(seed) });
  const fit = { denoiser: training.denoiser, steps: 0, failed: false, figures: null, run, measure };
  let due = 0;

  /** Figures of the network as it is now; of one that is being trained only now and then. */
  function measure(running) {
    if (fit.figures?.steps === fit.steps || (running && fit.steps < due)) return;
    fit.figures = { ...measureWalk(fit.denoiser, noise), steps: fit.steps };
    due = Math.max(fit.steps + 1, Math.ceil(fit.steps * DENSER));
  }

  /** Go on for about so many milliseconds, at most to a step. */
  function run(ms, goal) {
    const end = performance.now() + ms;
    while (fit.steps < goal && !fit.failed && performance.now() < end) {
      training.step();
      fit.steps += 1;
      fit.failed = !Number.isFinite(training.loss);
    }
  }
  return fit;
}
