/** The frames of a path: their pictures and their metrics. Distances of pictures: root of summed squares of pixels, 0 to 1. */

import { logPrior } from "../engine/gaussian.js";
import { SHOW_ALL, nearestCode } from "../shared/nearest.js";

/**
 * @param {number[][]} z [T][D]
 * @returns {{z: number[][], pictures: Float32Array[], logPz: number[], norm: number[], latentStep: number[],
 *   step: number[], latentTravelled: number[], travelled: number[], nearest: {index: number, distance: number}[]}}
 *   the steps of frame 0 are 0; what was travelled up to each frame
 */
export function measure(z, model, codes) {
  const pictures = z.map((code) => model.decode(code).slice());
  const latentStep = z.map((code, k) => (k ? distance(code, z[k - 1]) : 0));
  const step = pictures.map((picture, k) => (k ? distance(picture, pictures[k - 1]) : 0));
  return {
    z,
    pictures,
    logPz: z.map(logPrior),
    norm: z.map((code) => Math.hypot(...code)),
    latentStep,
    step,
    latentTravelled: summed(latentStep),
    travelled: summed(step),
    nearest: z.map((code) => nearestCode(codes, code, SHOW_ALL)),
  };
}

export function distance(a, b) {
  let square = 0;
  for (let j = 0; j < a.length; j++) square += (a[j] - b[j]) ** 2;
  return Math.sqrt(square);
}

function summed(values) {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/** How long a code is, the root of the mean square. Codes are means of q, and shorter than draws of the prior, √D. */
export const normOfCodes = ({ count, mu }) => Math.sqrt(mu.reduce((sum, value) => sum + value * value, 0) / count);

/** The median distance from one code to the one nearest to it, over 200 of them: what "near" means for these codes. */
export function typicalGap({ count, mu }, D) {
  const stride = Math.max(1, Math.floor(count / 200));
  const gaps = [];
  for (let n = 0; n < count; n += stride) gaps.push(gapOf(mu, n, count, D));
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? NaN;
}

function gapOf(mu, own, count, D) {
  let best = Infinity;
  for (let n = 0; n < count; n++) {
    if (n === own) continue;
    let square = 0;
    for (let j = 0; j < D && square < best; j++) square += (mu[n * D + j] - mu[own * D + j]) ** 2;
    if (square < best) best = square;
  }
  return Math.sqrt(best);
}
