/**
 * The walk z -> x -> z of a VAE: x ~ p(x|z), then z ~ q(z|x). Where the model is linear and its q(z|x) is the exact posterior,
 * its memory is known; twin of `linear_vae_relaxation_time` in vae_core/families/chain.py. Of others it is estimated.
 */

import { sampleInto } from "../../engine/gaussian.js";

const NEAR = 1e-3; // of a number that is compared with theory, in float32
const BLOCKS = 10; // of a walk, for the error of its correlations
const SHORTEST = 100; // memories that a walk has to last: its own mean makes the correlations of a short one too small

/** One step. @returns {{z: Float64Array, mean: Float32Array, x: Float32Array}} the new z, and the picture it came by: E[x|z] and the draw */
export function step(model, z, random) {
  const a = model.decodeRaw(z);
  const x = model.likelihood.sampleInto(a, random, new Float32Array(model.pixels));
  const mean = model.likelihood.meanInto(a, new Float32Array(model.pixels));
  const { mu, logvar } = model.encode(x);
  return { z: sampleInto(mu, logvar, random, new Float64Array(model.latentDim)), mean, x };
}

/**
 * 1 + s² / σ² for each direction of z, where p(x|z) = N(Wz + b, σ² I) with orthogonal columns of W, of lengths s, and q(z|x) is
 * its exact posterior. Null for every other model.
 * @returns {number[] | null}
 */
export function exactTimes(model) {
  const { latentDim: D, likelihood: { sigma } } = model;
  if (!sigma) return null;
  const decode = (z) => Float64Array.from(model.likelihood.meanInto(model.decodeRaw(z), new Float32Array(model.pixels)));
  const b = decode(new Float64Array(D));
  const columns = Array.from({ length: D }, (_, j) => decode(Float64Array.from({ length: D }, (_, i) => (i === j ? 1 : 0))).map((value, p) => value - b[p]));
  const product = (one, other) => one.reduce((sum, value, p) => sum + value * other[p], 0);
  const z = Float64Array.from({ length: D }, (_, j) => 0.7 + 0.4 * j * (-1) ** j);
  const x = decode(z);
  const straight = b.map((value, p) => value + columns.reduce((sum, column, j) => sum + z[j] * column[p], 0));
  const length = Math.sqrt(Math.max(...columns.map((column) => product(column, column))));
  if (straight.some((value, p) => Math.abs(value - x[p]) > NEAR * length)) return null;
  const ratios = columns.map((column) => product(column, column) / sigma ** 2);
  const orthogonal = columns.every((one, i) => columns.every((other, j) => i === j || Math.abs(product(one, other)) < NEAR * length ** 2));
  const exact = [b, x].every((picture, k) => {
    const { mu, logvar } = model.encode(Float32Array.from(picture));
    return ratios.every((ratio, j) => Math.abs(mu[j] - (k * z[j] * ratio) / (1 + ratio)) < NEAR * 3 && Math.abs(logvar[j] + Math.log1p(ratio)) < NEAR * 10);
  });
  return orthogonal && exact ? ratios.map((ratio) => 1 + ratio) : null;
}

/**
 * How long the slowest coordinate of a walk remembers: its correlation with itself falls to 1 / e within k steps, from which
 * 1 / (1 - exp(-1 / k)); with a standard error from ten blocks of the walk. Other functions of z may be slower.
 * @param {Float64Array[]} walk  z of each step
 * @returns {{time: number, error: number, dimension: number} | null} null where the walk is too short to tell
 */
export function memory(walk) {
  const N = walk.length;
  let slowest = null;
  for (let j = 0; j < (walk[0]?.length ?? 0); j++) {
    const mean = walk.reduce((sum, z) => sum + z[j], 0) / N;
    const values = Float64Array.from(walk, (z) => z[j] - mean);
    const [at, lag] = crossing(values, Math.floor(N / SHORTEST));
    if (at === null) return null; // a slower coordinate than can be told
    const error = blockError(values, lag) * Math.E * at; // of k: where the correlation is 1 / e, it falls by 1 / (e k) in a step
    const time = 1 / -Math.expm1(-1 / at);
    if (!slowest || time > slowest.time) slowest = { time, error: 1 / -Math.expm1(-1 / (at + error)) - time, dimension: j };
  }
  return slowest;
}

/** Where the correlation falls below 1 / e, between two lags, and the larger of them; nulls where it does not until `most`. */
function crossing(values, most) {
  const whole = total(products(values, 0));
  const correlation = (lag) => total(products(values, lag)) / whole;
  let [low, high] = [0, 1];
  while (correlation(high) >= 1 / Math.E) {
    if (high >= most) return [null, null];
    [low, high] = [high, Math.min(2 * high, most)];
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (correlation(middle) < 1 / Math.E) high = middle;
    else low = middle;
  }
  const [above, below] = [correlation(low), correlation(high)];
  const share = below > 0 ? (1 + Math.log(above)) / Math.log(above / below) : (above - 1 / Math.E) / (above - below); // it falls by powers
  return [low + share, high];
}

const total = (sums) => sums.reduce((sum, value) => sum + value, 0);

/** Sums of values[t] values[t + lag] over blocks of t. */
function products(values, lag) {
  const sums = new Float64Array(BLOCKS);
  const last = values.length - lag;
  for (let t = 0; t < last; t++) sums[Math.floor((t * BLOCKS) / last)] += values[t] * values[t + lag];
  return sums;
}

/** The standard error of the correlation at a lag: the jackknife over blocks. */
function blockError(values, lag) {
  const [above, below] = [products(values, lag), products(values, 0)];
  const [up, down] = [total(above), total(below)];
  const without = Array.from(above, (value, k) => (up - value) / (down - below[k]));
  const mean = total(without) / BLOCKS;
  return Math.sqrt(((BLOCKS - 1) / BLOCKS) * total(without.map((value) => (value - mean) ** 2)));
}
