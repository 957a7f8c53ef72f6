/** Twin of vae_core/models/linear_gaussian.py: log p(x) and KL(p(z|x) ‖ p(z)) of a linear model in closed form, at any σ. */

import { gaussianLogProb } from "../engine/likelihood.js";

/**
 * @param {{squared: number, strengths: number[], along: number[]}} model  ‖x − b‖², the squared singular values of W, and
 *   the squares of x − b along its left singular vectors
 *   energy_of_q  the mean of ‖x − Wz − b‖² over q
 * @returns {{logPx: number, klPostPrior: number, expected: number}} nats; expected: E_q log p(x|z)
 */
export function closedForm({ squared, strengths, along, energy_of_q: energy }, sigma, pixels) {
  const variance = sigma * sigma;
  let [explained, logDet, kl] = [0, 0, 0];
  strengths.forEach((strength, i) => {
    const [lambda, a2] = [strength / variance, along[i] / variance];
    explained += (a2 * variance * lambda) / (1 + lambda);
    logDet += Math.log1p(lambda);
    kl += 0.5 * (Math.log1p(lambda) - lambda / (1 + lambda) + (a2 * lambda) / (1 + lambda) ** 2);
  });
  const logPx = gaussianLogProb(squared - explained, sigma, pixels) - 0.5 * logDet;
  return { logPx, klPostPrior: kl, expected: gaussianLogProb(energy, sigma, pixels) };
}
