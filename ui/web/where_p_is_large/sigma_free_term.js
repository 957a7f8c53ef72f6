/** What of log p(x|z) does not depend on σ: the energy of z. From it log p(x|z) follows at any σ without decoding. */

import { gaussianLogProb } from "../engine/likelihood.js";

/**
 * @typedef {Object} Energy
 * @property {(a: Float32Array, x: ArrayLike<number>) => number} of  from the decoder's output: the squared error
 *   ‖x − mean‖² of a Gaussian, −log p(x|z) of a Bernoulli
 * @property {(sigma: number | null) => (energy: number) => number} at  log p(x|z), nats, from the energy
 */

/** @param {import("../engine/likelihood.js").Likelihood} likelihood  @returns {Energy} */
export function createSigmaFreeTerm({ kind, squaredError, logProb }, pixels) {
  if (kind === "bernoulli") return { of: (a, x) => -logProb(a, x), at: () => (energy) => -energy };
  return { of: squaredError, at };

  function at(sigma) {
    const [scale, shift] = [-0.5 / (sigma * sigma), gaussianLogProb(0, sigma, pixels)];
    return (energy) => scale * energy + shift;
  }
}
