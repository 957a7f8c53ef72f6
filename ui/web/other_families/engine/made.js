/**
 * An autoregressive model of binary pictures; twin of vae_core/families/autoregressive.py. A hidden unit of degree m sees the
 * pixels before place m of the order; the logit of the pixel at place t uses units of degree at most t. Degrees rise from unit
 * to unit, so both are a beginning of the list of units.
 *
 * @typedef {{D: number, H: number, W: Float32Array, c: Float32Array, V: Float32Array, b: Float32Array, order: Int32Array}} Made
 *   W is [D * H], a row for each pixel; V is [D * H], a row for each pixel too, so that one is read as it lies in memory
 */

import { sigmoid, softplus } from "./binary_states.js";

/** How many units the pixel at each place uses, [D + 1]; the units behind them see it. */
function readyUnits(D, H) {
  const degrees = Array.from({ length: H }, (_, j) => 1 + Math.floor((j * Math.max(1, D - 1)) / H));
  return Int32Array.from({ length: D + 1 }, (_, t) => degrees.filter((degree) => degree <= t).length);
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
