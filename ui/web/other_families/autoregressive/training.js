/** A small autoregressive model of bars and stripes, trained in slices of time, with sums over all pictures. */

import { createRandom } from "../../engine/random.js";
import { barsAndStripes, states } from "../engine/binary_states.js";
import * as made from "../engine/made.js";
import { createAdam } from "../engine/network.js";

const SIDE = 3;
const PIXELS = SIDE ** 2;
const HIDDEN = 64;
const DATA = barsAndStripes(SIDE);
const ALL = states(PIXELS);
const WORST = -50; // nats a picture, where fair coins have -6.2: below it the training has blown up
const DENSER = 1.25; // from one measurement, which takes time, to the next the steps grow by this
const COUNT = 6; // orders over which is averaged

const rowsOf = (data) => Array.from({ length: data.length / PIXELS }, (_, n) => data.subarray(n * PIXELS, (n + 1) * PIXELS));

/** How a picture's log p may be said, by the orders that are averaged over. */
const WAYS = {
  order: (model, x, [first]) => made.logProb(made.inOrder(model, first), x),
  probabilities: made.logMeanProbability,
  logits: made.logProbOfMeanLogits,
};

/**
 * A training that `run` goes on with. `sums` has for one order, the mean of the probabilities and that of the logits: `all`,
 * the sum of p over all 512 pictures, and `data`, the mean of log p over the 14, nats.
 */
export function createSmallTrainer({ small, pace_small: rate, seed }) {
  const random = createRandom(seed);
  const model = made.createMade(PIXELS, HIDDEN, random);
  const layers = [{ weight: model.W, bias: model.c }, { weight: model.V, bias: model.b }];
  const move = createAdam(layers);
  const orders = [model.order, ...Array.from({ length: COUNT - 1 }, () => made.randomOrder(PIXELS, random))];
  const trainer = { steps: 0, model, sums: null, failed: false, run };
  let due = 0;

  function measure() {
    trainer.sums = Object.fromEntries(Object.entries(WAYS).map(([name, logOf]) => {
      const all = rowsOf(ALL).reduce((sum, x) => sum + Math.exp(logOf(model, x, orders)), 0);
      const rows = rowsOf(DATA);
      return [name, { all, data: rows.reduce((sum, x) => sum + logOf(model, x, orders), 0) / rows.length }];
    }));
    trainer.failed = !(trainer.sums.order.data > WORST);
    due = Math.max(trainer.steps + 1, Math.ceil(trainer.steps * DENSER));
  }

  /** Go on for about so many milliseconds, at most to a step. */
  function run(ms, until) {
    const end = performance.now() + ms;
    while (trainer.steps < until && !trainer.failed && performance.now() < end) {
      const order = small === "any" ? made.randomOrder(PIXELS, random) : model.order;
      const up = made.gradient(made.inOrder(model, order), DATA);
      move([{ weight: up.W.map((g) => -g), bias: up.c.map((g) => -g) }, { weight: up.V.map((g) => -g), bias: up.b.map((g) => -g) }], rate);
      trainer.steps += 1;
      if (trainer.steps >= due || trainer.steps === until) measure();
    }
  }
  measure();
  return trainer;
}
