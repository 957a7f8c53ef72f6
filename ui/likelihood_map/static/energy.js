/** What of log p(x|z) does not depend on σ: the energy of z. From it log p(x|z) follows at any σ without decoding. */

import { createLikelihood } from "../../latent_pad/static/engine/likelihood.js";

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * @typedef {Object} Energy
 * @property {(a: Float32Array, x: ArrayLike<number>) => number} of  from the decoder's output: the squared error
 *   ‖x − mean‖² of a Gaussian, −log p(x|z) of a Bernoulli
 * @property {(sigma: number | null) => (energy: number) => number} at  log p(x|z), nats, from the energy
 */

/** @returns {Energy} */
export function createEnergy(kind, pixels) {
  if (kind === "gaussian") return { of: squaredError, at: (sigma) => gaussian(sigma, pixels) };
  const { logProb } = createLikelihood({ kind, sigma: null });
  return { of: (a, x) => -logProb(a, x), at: () => (energy) => -energy };
}

function gaussian(sigma, pixels) {
  const scale = -0.5 / (sigma * sigma);
  const shift = -pixels * (Math.log(sigma) + HALF_LOG_2PI);
  return (energy) => scale * energy + shift;
}

function squaredError(a, x) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const d = x[i] - 1 / (1 + Math.exp(-a[i]));
    sum += d * d;
  }
  return sum;
}
