/**
 * Deep Boltzmann machines, p(v, h, g) = exp(v'W h + h'U g + a'v + b'h + c'g) / Z; twin of vae_core/families/dbm.py. Given the
 * middle layer h all other units are independent, so what is exact lists the states of h alone.
 *
 * @typedef {{V: number, H: number, G: number, W: Float64Array, U: Float64Array, a: Float64Array, b: Float64Array, c: Float64Array}} Dbm
 *   W is [V * H], U is [H * G]
 */

import { logSumExp, sigmoid, softplus, states } from "./binary_states.js";
import { relaxationTime as relaxation } from "./chain.js";

const PARTS = ["W", "U", "a", "b", "c"];

/** Small normal weights and no biases. @returns {Dbm} */
export function createDbm(V, H, G, random, scale = 0.1) {
  const [W, U] = [V * H, H * G].map((length) => Float64Array.from({ length }, () => scale * random.normal()));
  return { V, H, G, W, U, a: new Float64Array(V), b: new Float64Array(H), c: new Float64Array(G) };
}

/** a + W h, [V], and c + U'h, [G]: the logits of the outer layers. */
function outerLogits({ V, H, G, W, U, a, c }, h, at) {
  const [v, g] = [a.slice(), c.slice()];
  for (let j = 0; j < H; j++) {
    if (!h[at + j]) continue;
    for (let i = 0; i < V; i++) v[i] += W[i * H + j];
    for (let k = 0; k < G; k++) g[k] += U[j * G + k];
  }
  return [v, g];
}

/** Every state of the middle layer: its outer logits, and log Z + log p(h). */
function middleStates(model) {
  const { V, H, G, b } = model;
  const h = states(H);
  const count = 2 ** H;
  const [v, g] = [new Float64Array(count * V), new Float64Array(count * G)];
  const [logs, top] = [new Float64Array(count), new Float64Array(count)]; // top: without v
  for (let n = 0; n < count; n++) {
    const [logitsV, logitsG] = outerLogits(model, h, n * H);
    v.set(logitsV, n * V);
    g.set(logitsG, n * G);
    for (let j = 0; j < H; j++) top[n] += b[j] * h[n * H + j];
    for (const logit of logitsG) top[n] += softplus(logit);
    logs[n] = top[n] + logitsV.reduce((sum, logit) => sum + softplus(logit), 0);
  }
  return { h, v, g, logs, top };
}

/** log Z + log p(v, h) of all h for one row v, [2^H]. */
function middleGiven({ V, a }, { v, top }, row, at) {
  return top.map((value, n) => {
    let sum = value;
    for (let i = 0; i < V; i++) if (row[at + i]) sum += v[n * V + i]; // (a + W h)'v
    return sum;
  });
}

/** log Z, nats. */
export const logPartition = (model) => logSumExp(middleStates(model).logs);

/** log p(v) of each row, nats, [N]. */
export function logProb(model, rows) {
  const all = middleStates(model);
  const logZ = logSumExp(all.logs);
  return Float64Array.from({ length: rows.length / model.V }, (_, n) => logSumExp(middleGiven(model, all, rows, n * model.V)) - logZ);
}

/** The gradient of the mean log p(v) over rows [N * V], in the form of a model. */
export function exactGradient(model, data) {
  const { V, H, G } = model;
  const all = middleStates(model);
  const logZ = logSumExp(all.logs);
  const out = { W: new Float64Array(V * H), U: new Float64Array(H * G), a: new Float64Array(V), b: new Float64Array(H), c: new Float64Array(G) };
  const N = data.length / V;
  const shares = all.logs.map((value) => -Math.exp(value - logZ)); // of each h: given the data, less by the model
  for (let n = 0; n < N; n++) {
    const given = middleGiven(model, all, data, n * V);
    const total = logSumExp(given);
    const means = new Float64Array(H);
    given.forEach((value, m) => {
      const p = Math.exp(value - total) / N;
      shares[m] += p;
      for (let j = 0; j < H; j++) means[j] += p * all.h[m * H + j];
    });
    for (let i = 0; i < V; i++) {
      out.a[i] += data[n * V + i] / N;
      for (let j = 0; j < H; j++) out.W[i * H + j] += data[n * V + i] * means[j];
    }
  }
  for (let m = 0; m < shares.length; m++) {
    const p = Math.exp(all.logs[m] - logZ);
    for (let i = 0; i < V; i++) {
      const expected = p * sigmoid(all.v[m * V + i]);
      out.a[i] -= expected;
      for (let j = 0; j < H; j++) if (all.h[m * H + j]) out.W[i * H + j] -= expected;
    }
    for (let k = 0; k < G; k++) {
      const share = shares[m] * sigmoid(all.g[m * G + k]);
      out.c[k] += share;
      for (let j = 0; j < H; j++) if (all.h[m * H + j]) out.U[j * G + k] += share;
    }
    for (let j = 0; j < H; j++) out.b[j] += shares[m] * all.h[m * H + j];
  }
  return { ...out, logZ };
}

/** The sweeps h -> (v, g) -> h in which the chain forgets. */
export function relaxationTime(model) {
  const { V, G } = model;
  const { v, g, logs } = middleStates(model);
  const outer = V + G;
  const joint = new Float64Array(logs.length * 2 ** outer);
  for (let m = 0; m < logs.length; m++) {
    // log p(v, g | h) of all states, bit by bit: each unit doubles the list
    let row = Float64Array.of(logs[m]);
    for (const logit of [...v.subarray(m * V, (m + 1) * V), ...g.subarray(m * G, (m + 1) * G)]) {
      const next = new Float64Array(2 * row.length);
      row.forEach((value, n) => {
        next[2 * n] = value - softplus(logit);
        next[2 * n + 1] = value - softplus(-logit);
      });
      row = next;
    }
    joint.set(row, m * 2 ** outer);
  }
  return relaxation(joint, logs.length, 2 ** outer);
}

/** One sweep h -> (v, g) -> h of every row, h in place; gives v, drawn between, [N * V]. */
export function sweep(model, h, random) {
  const { V, H, G, W, U, b } = model;
  const visible = new Float64Array((h.length / H) * V);
  for (let n = 0; n < h.length / H; n++) {
    const [v, g] = outerLogits(model, h, n * H).map((logits) => logits.map((logit) => Number(random.uniform() < sigmoid(logit))));
    visible.set(v, n * V);
    for (let j = 0; j < H; j++) {
      let logit = b[j];
      for (let i = 0; i < V; i++) logit += W[i * H + j] * v[i];
      for (let k = 0; k < G; k++) logit += U[j * G + k] * g[k];
      h[n * H + j] = Number(random.uniform() < sigmoid(logit));
    }
  }
  return visible;
}

/** One step of gradient ascent. @returns {Dbm} */
export const moved = (model, gradient, rate) => ({ ...model, ...Object.fromEntries(PARTS.map((name) => [name, model[name].map((x, k) => x + rate * gradient[name][k])])) });

/** All weights and biases times a factor. @returns {Dbm} */
export const scaled = (model, factor) => ({ ...model, ...Object.fromEntries(PARTS.map((name) => [name, model[name].map((x) => factor * x)])) });
