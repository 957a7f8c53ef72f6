/**
 * The learned map, twin of vae_core/transport/learned_map.py: a small network from z to x on the plane, with tanh layers and a
 * linear output, in float64; and its training in slices of time, between which the page can react. The same seed gives the
 * same network at the same step.
 */

import { createRandom } from "../random.js";
import { reject } from "./plane_maps.js";
import { energyWithGradient } from "./sample_distances.js";

/**
 * @param {number} width  units in a hidden layer
 * @param {number} depth  hidden layers
 * @param {{normal: () => number}} random  weights are N(0, 1/in), biases 0
 */
export function createNetwork(width, depth, random) {
  const sizes = [2, ...Array(depth).fill(width), 2];
  const layers = sizes.slice(1).map((outs, l) => {
    const ins = sizes[l];
    const weight = Float64Array.from({ length: outs * ins }, () => random.normal() / Math.sqrt(ins));
    return { ins, outs, weight, bias: new Float64Array(outs), gWeight: new Float64Array(outs * ins), gBias: new Float64Array(outs) };
  });
  let kept = []; // the outputs of each layer for the last batch, for `backward`

  /** [count * 2] -> [count * 2] */
  function forward(z, count) {
    kept = [z];
    let input = z;
    layers.forEach(({ ins, outs, weight, bias }, l) => {
      const output = new Float64Array(count * outs);
      for (let n = 0; n < count; n++) {
        for (let o = 0; o < outs; o++) {
          let sum = bias[o];
          for (let i = 0; i < ins; i++) sum += weight[o * ins + i] * input[n * ins + i];
          output[n * outs + o] = l < layers.length - 1 ? Math.tanh(sum) : sum;
        }
      }
      kept.push(output);
      input = output;
    });
    return input;
  }

  /** From the gradient by the last outputs [count * 2] to gWeight and gBias of each layer. */
  function backward(gradient, count) {
    let g = gradient;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { ins, outs, weight, gWeight, gBias } = layers[l];
      const input = kept[l];
      const before = new Float64Array(count * ins);
      gWeight.fill(0);
      gBias.fill(0);
      for (let n = 0; n < count; n++) {
        for (let o = 0; o < outs; o++) {
          const d = g[n * outs + o];
          gBias[o] += d;
          for (let i = 0; i < ins; i++) {
            gWeight[o * ins + i] += d * input[n * ins + i];
            before[n * ins + i] += d * weight[o * ins + i];
          }
        }
      }
      if (l > 0) for (let k = 0; k < before.length; k++) before[k] *= 1 - input[k] * input[k];
      g = before;
    }
  }

  /** √det JᵀJ at z: the two columns of J are carried through the layers beside z. */
  function volume(z) {
    let value = z;
    let columns = [[1, 0], [0, 1]];
    layers.forEach(({ ins, outs, weight, bias }, l) => {
      const through = (v) => Array.from({ length: outs }, (_, o) => v.reduce((sum, vi, i) => sum + weight[o * ins + i] * vi, 0));
      const sums = through(value).map((sum, o) => sum + bias[o]);
      const last = l === layers.length - 1;
      value = last ? sums : sums.map(Math.tanh);
      columns = columns.map((column) => through(column).map((d, o) => (last ? d : d * (1 - value[o] ** 2))));
    });
    const [[a, c], [b, d]] = columns;
    return Math.abs(a * d - b * c);
  }

  const apply = (z) => Array.from(forward(Float64Array.from(z), 1));
  return { layers, forward, backward, volume, apply };
}

export const BATCH = 128;
const POOL = 4096; // draws from the target that the batches are taken from
const RATE = 0.02;
const SLOWER = 100; // steps after which the rate has fallen by √2
const [BETA1, BETA2, EPSILON] = [0.9, 0.99, 1e-8];

/** @param {import("./plane_maps.js").PlaneMap} target  what the network should reach */
export function createTrainer(target, { width, depth, seed }) {
  const random = createRandom(seed);
  const network = createNetwork(width, depth, random);
  const pool = Array.from({ length: POOL }, () => reject(target, random));
  const parts = network.layers.flatMap(({ weight, bias, gWeight, gBias }) => [[weight, gWeight], [bias, gBias]]);
  const moments = parts.map(([values]) => [new Float64Array(values.length), new Float64Array(values.length)]);
  const [z, y, gradient] = [0, 0, 0].map(() => new Float64Array(2 * BATCH));
  const energies = []; // one for each step
  const trainer = { network, energies, steps: 0, run };

  function step() {
    for (let k = 0; k < 2 * BATCH; k++) z[k] = random.normal();
    for (let k = 0; k < BATCH; k++) y.set(pool[Math.floor(random.uniform() * POOL)], 2 * k);
    energies.push(energyWithGradient(network.forward(z, BATCH), y, gradient));
    network.backward(gradient, BATCH);
    trainer.steps += 1;
    adam(trainer.steps);
  }

  function adam(t) {
    const rate = RATE / Math.sqrt(1 + t / SLOWER);
    const [scale1, scale2] = [1 / (1 - BETA1 ** t), 1 / (1 - BETA2 ** t)];
    parts.forEach(([values, g], p) => {
      const [m, v] = moments[p];
      for (let k = 0; k < values.length; k++) {
        m[k] += (1 - BETA1) * (g[k] - m[k]);
        v[k] += (1 - BETA2) * (g[k] * g[k] - v[k]);
        values[k] -= (rate * m[k] * scale1) / (Math.sqrt(v[k] * scale2) + EPSILON);
      }
    });
  }

  /** Train for `budget` ms at least one step, but not beyond step `end`. */
  function run(budget, end) {
    const stop = performance.now() + budget;
    do {
      if (trainer.steps >= end) return;
      step();
    } while (performance.now() < stop);
  }
  return trainer;
}
