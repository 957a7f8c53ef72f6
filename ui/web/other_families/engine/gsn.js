/**
 * A generative stochastic network on a line: corrupt x, then draw from the exact denoiser; twin of vae_core/families/gsn.py.
 *
 * @typedef {{weights: number[], means: number[], sds: number[]}} Mixture  normals, as many of each
 */

import { logSumExp } from "./binary_states.js";
import { relaxationTime as relaxation } from "./chain.js";

const CELLS = 300; // of a lattice, which is exact to six digits

const logParts = ({ weights, means, sds }, x, noise = 0) => {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return means.map((mean, k) => {
    const sd = Math.hypot(sds[k], noise);
    return Math.log(weights[k] / total) - 0.5 * ((x - mean) / sd) ** 2 - Math.log(sd) - 0.5 * Math.log(2 * Math.PI);
  });
};

/** log p(x), nats. */
export const logProb = (data, x) => logSumExp(logParts(data, x));

function choose(logs, random) {
  const total = logSumExp(logs);
  let rest = random.uniform();
  const k = logs.findIndex((value) => (rest -= Math.exp(value - total)) < 0);
  return k < 0 ? logs.length - 1 : k;
}

/** A draw of the data. */
export function sample(data, random) {
  const k = choose(data.weights.map(Math.log), random);
  return data.means[k] + data.sds[k] * random.normal();
}

/** A draw of p(x | noisy): the part first, then x in it, which is normal by conjugacy. */
export function denoise(data, noisy, noise, random) {
  const k = choose(logParts(data, noisy, noise), random);
  const share = data.sds[k] ** 2 / (data.sds[k] ** 2 + noise ** 2);
  return data.means[k] + share * (noisy - data.means[k]) + noise * Math.sqrt(share) * random.normal();
}

/** One step of the walk. @returns {{noisy: number, x: number}} */
export function step(data, x, noise, random) {
  const noisy = x + noise * random.normal();
  return { noisy, x: denoise(data, noisy, noise, random) };
}

/** The steps in which the walk forgets. */
export function relaxationTime(data, noise) {
  const [x, noisy] = [data.sds, data.sds.map((sd) => Math.hypot(sd, noise))].map((sds) => {
    const low = Math.min(...data.means.map((mean, k) => mean - 8 * sds[k]));
    const high = Math.max(...data.means.map((mean, k) => mean + 8 * sds[k]));
    return Float64Array.from({ length: CELLS }, (_, n) => low + ((high - low) * n) / (CELLS - 1));
  });
  const joint = new Float64Array(CELLS * CELLS);
  x.forEach((value, a) => {
    const own = logProb(data, value);
    noisy.forEach((place, b) => (joint[a * CELLS + b] = own - 0.5 * ((place - value) / noise) ** 2));
  });
  return relaxation(joint, CELLS, CELLS);
}
