/**
 * An autoregressive model of binary pictures; twin of vae_core/families/autoregressive.py. A hidden unit of degree m sees the
 * pixels before place m of the order; the logit of the pixel at place t uses units of degree at most t. Degrees rise from unit
 * to unit, so both are a beginning of the list of units.
 *
 * @typedef {{D: number, H: number, W: Float32Array, c: Float32Array, V: Float32Array, b: Float32Array, order: Int32Array}} Made
 *   W is [D * H], a row for each pixel; V is [D * H], a row for each pixel too, so that one is read as it lies in memory
 */

import { sigmoid, softplus } from "./binary_states.js";

const degreeOf = (j, D, H) => 1 + Math.floor((j * Math.max(1, D - 1)) / H);

/** How many units the pixel at each place uses, [D + 1]; the units behind them see it. */
function readyUnits(D, H) {
  let ready = 0;
  return Int32Array.from({ length: D + 1 }, (_, t) => {
    while (ready < H && degreeOf(ready, D, H) <= t) ready += 1;
    return ready;
  });
}

/** Weights uniform within 1 / sqrt(fan in), no biases, pixels from the first to the last. @returns {Made} */
export function createMade(D, H, random) {
  const uniform = (fan) => Float64Array.from({ length: D * H }, () => (2 * random.uniform() - 1) / Math.sqrt(fan));
  return { D, H, W: uniform(D), c: new Float64Array(H), V: uniform(H), b: new Float64Array(D), order: Int32Array.from({ length: D }, (_, i) => i) };
}

/**
 * Walk along the order: at each place the logit of its pixel, given what `valueAt` said of those before.
 * @param {(pixel: number, logit: number, place: number) => number} valueAt  the value of a pixel, 0 or 1
 */
export function walk(model, valueAt) {
  const { D, H, W, c, V, b, order } = model;
  const ready = readyUnits(D, H);
  const seen = Float64Array.from(c);
  for (let t = 0; t < D; t++) {
    const pixel = order[t];
    let logit = b[pixel];
    for (let j = 0; j < ready[t]; j++) if (seen[j] > 0) logit += seen[j] * V[pixel * H + j];
    const sign = 2 * valueAt(pixel, logit, t) - 1;
    for (let j = ready[t]; j < H; j++) seen[j] += sign * W[pixel * H + j];
  }
}

/**
 * The gradient of the mean log p of rows of zeros and ones [N * D].
 * @returns {{W: Float64Array, c: Float64Array, V: Float64Array, b: Float64Array}}
 */
export function gradient(model, rows) {
  const { D, H, W, c, V, b, order } = model;
  const ready = readyUnits(D, H);
  const N = rows.length / D;
  const out = { W: new Float64Array(D * H), c: new Float64Array(H), V: new Float64Array(D * H), b: new Float64Array(D) };
  for (let n = 0; n < N; n++) {
    const x = rows.subarray(n * D, (n + 1) * D);
    const [seen, back] = [Float64Array.from(c), new Float64Array(H)];
    for (let t = 0; t < D; t++) for (let j = ready[t], at = order[t] * H; j < H; j++) seen[j] += (2 * x[order[t]] - 1) * W[at + j];
    for (let t = 0; t < D; t++) {
      const pixel = order[t];
      let logit = b[pixel];
      for (let j = 0; j < ready[t]; j++) if (seen[j] > 0) logit += seen[j] * V[pixel * H + j];
      const d = (x[pixel] - sigmoid(logit)) / N;
      out.b[pixel] += d;
      for (let j = 0; j < ready[t]; j++) {
        if (seen[j] <= 0) continue;
        out.V[pixel * H + j] += d * seen[j];
        back[j] += d * V[pixel * H + j];
      }
    }
    for (let j = 0; j < H; j++) out.c[j] += back[j];
    for (let t = 0; t < D; t++) for (let j = ready[t], at = order[t] * H; j < H; j++) out.W[at + j] += back[j] * (2 * x[order[t]] - 1);
  }
  return out;
}

/** p(x_i = 1 | pixels before i) of one picture, [D], and log p(x_i | ...) of each, whose sum is log p(x). */
export function conditionals(model, x) {
  const [on, logs] = [new Float64Array(model.D), new Float64Array(model.D)];
  walk(model, (pixel, logit) => {
    on[pixel] = sigmoid(logit);
    logs[pixel] = -softplus(x[pixel] ? -logit : logit);
    return x[pixel];
  });
  return { on, logs };
}

/** log p(x) of one picture, nats. */
export const logProb = (model, x) => conditionals(model, x).logs.reduce((sum, value) => sum + value, 0);

/** One picture, pixel by pixel. @returns {Float64Array} */
export function sample(model, random) {
  const x = new Float64Array(model.D);
  walk(model, (pixel, logit) => (x[pixel] = Number(random.uniform() < sigmoid(logit))));
  return x;
}

/** The same weights with the pixels in another order. @returns {Made} */
export const inOrder = (model, order) => ({ ...model, order: Int32Array.from(order) });

/** The logits of one picture, [D], at the places of the picture. */
function logits(model, x) {
  const out = new Float64Array(model.D);
  walk(model, (pixel, logit) => {
    out[pixel] = logit;
    return x[pixel];
  });
  return out;
}

/** log of the mean of p(x) over some orders, nats: a mixture of models, so again a likelihood. */
export function logMeanProbability(model, x, orders) {
  const each = orders.map((order) => logProb(inOrder(model, order), x));
  const most = Math.max(...each);
  return most + Math.log(each.reduce((sum, value) => sum + Math.exp(value - most), 0) / orders.length);
}

/** What the mean of the logits over some orders would say of x, nats. It is no likelihood: its sum is not 1. */
export function logProbOfMeanLogits(model, x, orders) {
  const each = orders.map((order) => logits(inOrder(model, order), x));
  return each[0].reduce((sum, _, i) => {
    const mean = each.reduce((total, values) => total + values[i], 0) / orders.length;
    return sum - softplus(x[i] ? -mean : mean);
  }, 0);
}

/** A random order of D pixels. */
export function randomOrder(D, random) {
  const order = Int32Array.from({ length: D }, (_, i) => i);
  for (let i = D - 1; i > 0; i--) {
    const other = Math.floor(random.uniform() * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}
