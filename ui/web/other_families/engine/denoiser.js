/**
 * A learned denoiser: a network that gives K normals of x for each noisy place (Bishop 1994), trained by maximum likelihood on
 * draws of data and noise; twin of `network_denoiser` in vae_core/families/gsn.py.
 */

import { logSumExp } from "./binary_states.js";
import { sample } from "./gsn.js";
import { apply, backward, createAdam, createLayers, forward } from "./network.js";

const [PARTS, WIDTH, BATCH] = [2, 32, 128];
const [RATE, HALVED] = [0.003, 700]; // of Adam, and after how many steps half of it is left

/** @returns {import("./gsn.js").Denoiser} */
export const networkDenoiser = (layers, noise, scale) => (noisy) => normals(apply(layers, noisy.map((place) => place / scale)), noisy, noise);

/** Outputs of the network, [N * 3K]: logits, how far the means lie from the noisy place in units of the noise, log sds in that unit. */
function normals(outputs, noisy, noise) {
  const K = outputs.length / noisy.length / 3;
  const pick = (from, of) => Float64Array.from({ length: noisy.length * K }, (_, at) => of(outputs[Math.floor(at / K) * 3 * K + from * K + (at % K)], Math.floor(at / K)));
  return { logits: pick(0, (value) => value), means: pick(1, (value, n) => noisy[n] + noise * value), sds: pick(2, (value) => noise * Math.exp(value)) };
}

/** The mean of -log q(x | noisy), nats, with its gradient by weights and biases. */
export function gradient(layers, noise, scale, x, noisy) {
  const outputs = forward(layers, noisy.map((place) => place / scale));
  const { logits, means, sds } = normals(outputs.at(-1), noisy, noise);
  const [N, K] = [x.length, logits.length / x.length];
  const by = new Float64Array(outputs.at(-1).length);
  const parts = new Float64Array(K);
  let loss = 0;
  for (let n = 0; n < N; n++) {
    const total = logSumExp(logits, n * K, K);
    for (let k = 0; k < K; k++) {
      const at = n * K + k;
      parts[k] = logits[at] - total - 0.5 * ((x[n] - means[at]) / sds[at]) ** 2 - Math.log(sds[at]) - 0.5 * Math.log(2 * Math.PI);
    }
    const log = logSumExp(parts);
    loss -= log / N;
    for (let k = 0; k < K; k++) {
      const at = n * K + k;
      const [share, off] = [Math.exp(parts[k] - log), (x[n] - means[at]) / sds[at]];
      const row = n * 3 * K + k;
      by[row] = (Math.exp(logits[at] - total) - share) / N;
      by[row + K] = (-share * off * noise) / sds[at] / N;
      by[row + 2 * K] = (share * (1 - off * off)) / N;
    }
  }
  return { loss, parts: backward(layers, outputs, by).parts };
}

/** A training on fresh draws of the data. `denoiser` is the network as it is now, `loss` of the last batch, nats. */
export function createDenoiserTraining({ data, noise, random }) {
  const layers = createLayers([1, WIDTH, WIDTH, 3 * PARTS], random);
  const last = layers.at(-1);
  last.weight = last.weight.map((value) => 0.1 * value); // near one normal as wide as the noise around the noisy place
  const scale = Math.hypot(spread(data), noise);
  const update = createAdam(layers);
  const training = { denoiser: networkDenoiser(layers, noise, scale), loss: NaN, steps: 0, step };

  function step() {
    const x = Float64Array.from({ length: BATCH }, () => sample(data, random));
    const { loss, parts } = gradient(layers, noise, scale, x, x.map((value) => value + noise * random.normal()));
    update(parts, RATE * 0.5 ** (training.steps / HALVED));
    training.steps += 1;
    training.loss = loss;
  }
  return training;
}

/** The standard deviation of a mixture. */
function spread({ weights, means, sds }) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (of) => weights.reduce((sum, weight, k) => sum + (weight / total) * of(k), 0);
  const centre = mean((k) => means[k]);
  return Math.sqrt(mean((k) => sds[k] ** 2 + (means[k] - centre) ** 2));
}
