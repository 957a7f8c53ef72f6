/** The training of an RBM or a DBM on bars and stripes, in slices of time, and what is measured of it on the way. */

import { createRandom } from "../../engine/random.js";
import { barsAndStripes } from "../engine/binary_states.js";
import * as dbm from "../engine/dbm.js";
import * as rbm from "../engine/rbm.js";

export const SIDE = 3;
export const DATA = barsAndStripes(SIDE);
export const COUNT = DATA.length / SIDE ** 2;
const HIDDEN = 8;
const TOP = 4; // units of a DBM's second hidden layer
const WORST = -50; // nats a picture, where fair coins have -6.2: below it the training has blown up
const DENSER = { rbm: 1.12, dbm: 1.4 }; // from one measurement, which takes time, to the next the steps grow by this

const ENGINES = {
  rbm: { ...rbm, create: (random) => rbm.createRbm(SIDE ** 2, HIDDEN, random) },
  dbm: { ...dbm, create: (random) => dbm.createDbm(SIDE ** 2, HIDDEN, TOP, random) },
};

export const engineOf = ({ machine }) => ENGINES[machine];

/** The mean log p of the data, nats a picture. */
export const likelihoodOf = (engine, model) => engine.logProb(model, DATA).reduce((sum, value) => sum + value, 0) / COUNT;

/**
 * A training that `run` goes on with. `records` holds steps, the model, mean log p of the data, relaxation time in sweeps, and
 * the angle between the gradient that is used and the exact one in degrees, null where it is the exact one. `isPlanned` is
 * true of those that every training of this recipe has, wherever it was paused.
 */
export function createTrainer({ machine, method, k, rate, seed }) {
  const engine = ENGINES[machine];
  const random = createRandom(seed);
  const chains = DATA.slice(); // of persistent contrastive divergence
  const trainer = { steps: 0, model: engine.create(random), records: [], failed: false, run };
  let due = 0; // step of the next measurement
  const isExact = machine === "dbm" || method === "exact";

  function gradient() {
    if (isExact) return engine.exactGradient(trainer.model, DATA);
    return rbm.divergenceGradient(trainer.model, DATA, method === "pcd" ? chains : DATA.slice(), k, random);
  }

  /** The bias of what is used: of CD on average, of persistent chains the step itself. */
  function angle() {
    if (isExact) return null;
    const used = method === "cd" ? rbm.expectedDivergenceGradient(trainer.model, DATA, k) : rbm.divergenceGradient(trainer.model, DATA, chains.slice(), k, createRandom(trainer.steps));
    return rbm.angle(used, rbm.exactGradient(trainer.model, DATA));
  }

  function measure() {
    const { steps, model } = trainer;
    const isPlanned = steps >= due;
    const likelihood = likelihoodOf(engine, model);
    trainer.failed = !(likelihood > WORST);
    if (!trainer.failed) trainer.records.push({ steps, model, likelihood, time: engine.relaxationTime(model), angle: angle(), isPlanned });
    if (isPlanned) due = Math.max(steps + 1, Math.ceil(steps * DENSER[machine]));
  }

  /** Go on for about so many milliseconds, at most to a step. */
  function run(ms, until) {
    const end = performance.now() + ms;
    while (trainer.steps < until && !trainer.failed && performance.now() < end) {
      trainer.model = engine.moved(trainer.model, gradient(), rate);
      trainer.steps += 1;
      if (trainer.steps >= due || trainer.steps === until) measure();
    }
  }
  measure();
  return trainer;
}
