/**
 * A generative stochastic network on a line: corrupt x, then draw from a denoiser; twin of vae_core/families/gsn.py.
 *
 * @typedef {{logits: Float64Array, means: Float64Array, sds: Float64Array}} Conditional  K normals of x for each noisy place, [N * K]
 * @typedef {(noisy: Float64Array) => Conditional} Denoiser
 * @typedef {{weights: number[], means: number[], sds: number[]}} Mixture  normals, as many of each
 */

import { logSumExp } from "./binary_states.js";
import { relaxationTime as relaxation, stationary, timeOfTransition } from "./chain.js";

const CELLS = 300; // of a lattice, which is exact to six digits
const REACH = 8; // of the lattice of a walk

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

/** The exact denoiser p(x | noisy): a part first, then x in it, which is normal by conjugacy. @returns {Denoiser} */
export function exactDenoiser(data, noise) {
  const K = data.means.length;
  return (noisy) => {
    const given = { logits: new Float64Array(noisy.length * K), means: new Float64Array(noisy.length * K), sds: new Float64Array(noisy.length * K) };
    noisy.forEach((place, n) => {
      given.logits.set(logParts(data, place, noise), n * K);
      for (let k = 0; k < K; k++) {
        const share = data.sds[k] ** 2 / (data.sds[k] ** 2 + noise ** 2);
        given.means[n * K + k] = data.means[k] + share * (place - data.means[k]);
        given.sds[n * K + k] = noise * Math.sqrt(share);
      }
    });
    return given;
  };
}

/** One step of the walk: noise, and a draw of the denoiser. @returns {{noisy: number, x: number}} */
export function step(denoiser, x, noise, random) {
  const noisy = x + noise * random.normal();
  const { logits, means, sds } = denoiser(Float64Array.of(noisy));
  const k = choose(Array.from(logits), random);
  return { noisy, x: means[k] + sds[k] * random.normal() };
}

/** log q(x | noisy), nats: a row for each noisy place, a column for each x. @returns {Float64Array} */
export function logDensity({ logits, means, sds }, x, rows) {
  const [A, K] = [x.length, logits.length / rows];
  const [table, parts] = [new Float64Array(rows * A), new Float64Array(K)];
  for (let n = 0; n < rows; n++) {
    const total = logSumExp(logits, n * K, K);
    for (let a = 0; a < A; a++) {
      for (let k = 0; k < K; k++) {
        const at = n * K + k;
        parts[k] = logits[at] - total - 0.5 * ((x[a] - means[at]) / sds[at]) ** 2 - Math.log(sds[at]) - 0.5 * Math.log(2 * Math.PI);
      }
      table[n * A + a] = logSumExp(parts);
    }
  }
  return table;
}

/**
 * The walk of any denoiser, learned or exact, on even places from -REACH to REACH; what a step would carry beyond is spread.
 * @param {Denoiser} denoiser
 * @returns {{x: Float64Array, law: Float64Array, relaxation: number}} places, stationary law, steps in which it forgets
 */
export function walkOnLattice(denoiser, noise, cells) {
  const { x, noisy } = places(noise, cells);
  const back = denoised(denoiser, noisy, x);
  const matrix = new Float64Array(cells * cells);
  for (let a = 0; a < cells; a++) {
    const corruption = shares(noisy.map((place) => -0.5 * ((place - x[a]) / noise) ** 2));
    for (let b = 0; b < cells; b++) {
      const share = corruption[b];
      if (share < 1e-300) continue;
      for (let c = 0; c < cells; c++) matrix[a * cells + c] += share * back[b * cells + c];
    }
  }
  const law = stationary(matrix, cells);
  return { x, law, relaxation: timeOfTransition(matrix, cells, law) };
}

/** The total variation of a denoiser from the exact one, 0 to 1, in the mean over the noisy data. */
export function stepError(data, denoiser, noise, cells) {
  const { x, noisy } = places(noise, cells);
  const [exact, other] = [exactDenoiser(data, noise), denoiser].map((each) => denoised(each, noisy, x));
  const often = shares(noisy.map((place) => logSumExp(logParts(data, place, noise))));
  return often.reduce((sum, share, b) => sum + share * totalVariation(exact.subarray(b * cells, (b + 1) * cells), other.subarray(b * cells, (b + 1) * cells)), 0);
}

/** Half the sum of |p - q|: 0 to 1. */
export const totalVariation = (p, q) => p.reduce((sum, value, k) => sum + 0.5 * Math.abs(value - q[k]), 0);

/** The data's law on places. */
export const lawOf = (data, x) => shares(x.map((value) => logProb(data, value)));

const even = (end, cells) => Float64Array.from({ length: cells }, (_, n) => -end + (2 * end * n) / (cells - 1));
const places = (noise, cells) => ({ x: even(REACH, cells), noisy: even(REACH + 6 * noise, cells) });

/** Numbers above 0 that sum to 1, from their logs. */
function shares(logs) {
  const total = logSumExp(logs);
  return logs.map((value) => Math.exp(value - total));
}

/** The denoiser on the lattice: a row of shares of x for each noisy place. */
function denoised(denoiser, noisy, x) {
  const table = logDensity(denoiser(noisy), x, noisy.length);
  for (let b = 0; b < noisy.length; b++) table.set(shares(table.subarray(b * x.length, (b + 1) * x.length)), b * x.length);
  return table;
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
