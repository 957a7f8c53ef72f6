/** Trains the network in slices of time, between which the page can react. The same seed gives the same network at the same step. */

import { createRandom } from "../../engine/random.js";
import { createNetwork } from "./network.js";
import { reject } from "./plane_maps.js";
import { energyWithGradient } from "./sample_distances.js";

export const BATCH = 128;
const POOL = 4096; // draws from the target that the batches are taken from
const RATE = 0.02;
const SLOWER = 100; // steps after which the rate has fallen by √2
const [BETA1, BETA2, EPSILON] = [0.9, 0.99, 1e-8];

/** @param {PlaneMap} target  what the network should reach */
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
