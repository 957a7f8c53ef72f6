/**
 * Restricted Boltzmann machines, p(v, h) = exp(v'W h + b'v + c'h) / Z; twin of vae_core/families/rbm.py. What is exact lists
 * all states of the smaller side.
 *
 * @typedef {{V: number, H: number, W: Float64Array, b: Float64Array, c: Float64Array}} Rbm  W is [V * H]
 */

import { logSumExp, numberOf, sigmoid, softplus, states } from "./binary_states.js";
import { relaxationTime as relaxation } from "./chain.js";

/** Small normal weights and no biases. @returns {Rbm} */
export function createRbm(V, H, random, scale = 0.1) {
  return { V, H, W: Float64Array.from({ length: V * H }, () => scale * random.normal()), b: new Float64Array(V), c: new Float64Array(H) };
}

/** c + W'v: the logits of the hidden units, [H]. */
export function hiddenLogits({ V, H, W, c }, v, at = 0) {
  const out = c.slice();
  for (let i = 0; i < V; i++) if (v[at + i]) for (let j = 0; j < H; j++) out[j] += v[at + i] * W[i * H + j];
  return out;
}

/** b + W h: the logits of the visible units, [V]. */
export function visibleLogits({ V, H, W, b }, h, at = 0) {
  const out = b.slice();
  for (let i = 0; i < V; i++) for (let j = 0; j < H; j++) out[i] += W[i * H + j] * h[at + j];
  return out;
}

/** log Z + log p(v) of one row. */
export function logWeight(model, v, at = 0) {
  let sum = hiddenLogits(model, v, at).reduce((total, logit) => total + softplus(logit), 0);
  for (let i = 0; i < model.V; i++) sum += model.b[i] * v[at + i];
  return sum;
}

/** Every state of the hidden units with log Z + log p(h) of it and the means of v given it. */
function hiddenStates(model) {
  const { V, H, c } = model;
  const rows = states(H);
  const logs = new Float64Array(2 ** H);
  const visible = new Float64Array(2 ** H * V);
  for (let n = 0; n < logs.length; n++) {
    const logits = visibleLogits(model, rows, n * H);
    for (let j = 0; j < H; j++) logs[n] += c[j] * rows[n * H + j];
    for (let i = 0; i < V; i++) {
      logs[n] += softplus(logits[i]);
      visible[n * V + i] = sigmoid(logits[i]);
    }
  }
  return { rows, logs, visible };
}

/** log Z, nats. */
export const logPartition = (model) => logSumExp(hiddenStates(model).logs);

/** log p(v) of each row, nats, [N]. */
export function logProb(model, v) {
  const logZ = logPartition(model);
  return Float64Array.from({ length: v.length / model.V }, (_, n) => logWeight(model, v, n * model.V) - logZ);
}

/** log p(v, h) of all states up to a constant, [2^V * 2^H]. */
export function logJoint(model) {
  const { V, H, b, c } = model;
  const [v, h] = [states(V), states(H)];
  const out = new Float64Array(2 ** (V + H));
  for (let m = 0; m < 2 ** V; m++) {
    const logits = hiddenLogits({ ...model, c }, v, m * V);
    let own = 0;
    for (let i = 0; i < V; i++) own += b[i] * v[m * V + i];
    for (let n = 0; n < 2 ** H; n++) {
      let sum = own;
      for (let j = 0; j < H; j++) sum += h[n * H + j] * logits[j];
      out[m * 2 ** H + n] = sum;
    }
  }
  return out;
}

/** The sweeps v -> h -> v in which the chain forgets. */
export const relaxationTime = (model) => relaxation(logJoint(model), 2 ** model.V, 2 ** model.H);

/** One sweep v -> h -> v of every row, in place; gives the hidden states between, [N * H]. */
export function sweep(model, v, random) {
  const { V, H } = model;
  const hidden = new Float64Array((v.length / V) * H);
  for (let n = 0; n < v.length / V; n++) {
    hidden.set(hiddenLogits(model, v, n * V).map((logit) => Number(random.uniform() < sigmoid(logit))), n * H);
    v.set(visibleLogits(model, hidden, n * H).map((logit) => Number(random.uniform() < sigmoid(logit))), n * V);
  }
  return hidden;
}

/** The mean of v h', v and h over rows of weight `law` or alike, with h at its mean: a gradient's form. */
function moments(model, v, law = null) {
  const { V, H } = model;
  const out = { W: new Float64Array(V * H), b: new Float64Array(V), c: new Float64Array(H) };
  const count = v.length / V;
  for (let n = 0; n < count; n++) add(out, model, v, n * V, hiddenLogits(model, v, n * V).map(sigmoid), 0, law ? law[n] : 1 / count);
  return out;
}

function add(out, { V, H }, v, at, h, from, weight) {
  for (let i = 0; i < V; i++) {
    const share = weight * v[at + i];
    out.b[i] += share;
    for (let j = 0; j < H; j++) out.W[i * H + j] += share * h[from + j];
  }
  for (let j = 0; j < H; j++) out.c[j] += weight * h[from + j];
}

const less = (one, other) => ({ W: one.W.map((x, k) => x - other.W[k]), b: one.b.map((x, k) => x - other.b[k]), c: one.c.map((x, k) => x - other.c[k]) });

/** The gradient of the mean log p(v) over rows [N * V], with log Z, which it needs. */
export function exactGradient(model, data) {
  const { rows, logs, visible } = hiddenStates(model);
  const logZ = logSumExp(logs);
  const expected = { W: new Float64Array(model.W.length), b: new Float64Array(model.V), c: new Float64Array(model.H) };
  for (let n = 0; n < logs.length; n++) add(expected, model, visible, n * model.V, rows, n * model.H, Math.exp(logs[n] - logZ));
  return { ...less(moments(model, data), expected), logZ };
}

/** An estimate of it by `k` sweeps of the chains `v` [M * V], which move. */
export function divergenceGradient(model, data, v, k, random) {
  for (let step = 0; step < k; step++) sweep(model, v, random);
  return less(moments(model, data), moments(model, v));
}

/** What contrastive divergence with k sweeps from the data is on average, by all states. */
export function expectedDivergenceGradient(model, data, k) {
  const { V, H } = model;
  const [A, B] = [2 ** V, 2 ** H];
  const logs = logJoint(model);
  const [rows, columns] = [new Float64Array(A), new Float64Array(B)];
  for (let a = 0; a < A; a++) rows[a] = logSumExp(logs, a * B, B);
  for (let b = 0; b < B; b++) columns[b] = logSumExp(logs, b, A, B);
  let law = new Float64Array(A);
  for (let n = 0; n < data.length / V; n++) law[numberOf(data, n * V, V)] += V / data.length;
  for (let step = 0; step < k; step++) {
    const hidden = new Float64Array(B);
    const next = new Float64Array(A);
    for (let a = 0; a < A; a++) if (law[a]) for (let b = 0; b < B; b++) hidden[b] += law[a] * Math.exp(logs[a * B + b] - rows[a]);
    for (let a = 0; a < A; a++) for (let b = 0; b < B; b++) next[a] += hidden[b] * Math.exp(logs[a * B + b] - columns[b]);
    law = next;
  }
  return less(moments(model, data), moments(model, states(V), law));
}

/** One step of gradient ascent. @returns {Rbm} */
export const moved = (model, gradient, rate) => ({
  ...model,
  W: model.W.map((x, k) => x + rate * gradient.W[k]),
  b: model.b.map((x, k) => x + rate * gradient.b[k]),
  c: model.c.map((x, k) => x + rate * gradient.c[k]),
});

/** All weights and biases times a factor: above 1 the model is sharper. @returns {Rbm} */
export const scaled = (model, factor) => ({ ...model, W: model.W.map((x) => factor * x), b: model.b.map((x) => factor * x), c: model.c.map((x) => factor * x) });

/** The angle between two gradients in degrees, 0 to 180; 90 where one is zero. */
export function angle(one, other) {
  const [a, b] = [one, other].map(({ W, b: bias, c }) => [...W, ...bias, ...c]);
  const inner = (x, y) => x.reduce((sum, value, k) => sum + value * y[k], 0);
  const size = Math.sqrt(inner(a, a) * inner(b, b));
  return (Math.acos(size ? Math.min(1, Math.max(-1, inner(a, b) / size)) : 0) * 180) / Math.PI;
}
