/** The training of a GAN on modes around a ring, and what is measured of it on the way. */

import { createRandom } from "../../engine/random.js";
import * as gan from "../engine/gan.js";
import { apply } from "../engine/network.js";

export const HALF = 3.2; // of the plane that is shown
export const SIDE = 64; // cells of the plane along each side
const SHOWN = 400; // samples that are shown, and the data beside them
export const COUNTED = 2000; // samples that are counted at a measurement
const DENSER = 1.2; // from one measurement, which takes time, to the next the steps grow by this
const WIDTH = 32;

export const targetOf = ({ modes }) => gan.ring(modes, 2, 0.15);

/**
 * A training that `run` goes on with. `records` holds steps, the value V of the batch, the value of the best discriminator
 * against this generator, JSD with its error by halving the lattice of z, the share of q's mass that the cells see, modes hit and the share of samples near one.
 */
export function createGame({ modes, pace, seed }) {
  const target = targetOf({ modes });
  const random = createRandom(seed);
  const training = gan.createGan({ target, width: WIDTH, rate: pace, random });
  const p = gan.targetDensity(target, HALF, SIDE);
  const still = createRandom(seed + 1);
  const z = Float64Array.from({ length: 2 * SHOWN }, () => still.normal()); // the same in every frame, so that one sees them move
  const many = Float64Array.from({ length: 2 * COUNTED }, () => still.normal());
  const game = { training, target, p, z, data: gan.draw(target, SHOWN, still), q: null, steps: 0, records: [], failed: false, run, samples: () => apply(training.generator, z) };
  let due = 0;

  function measure() {
    game.q = gan.generatorDensity(training.generator, HALF, SIDE);
    const divergence = gan.jensenShannon(p, game.q);
    const rough = gan.jensenShannon(p, gan.generatorDensity(training.generator, HALF, SIDE, gan.CELLS / 2));
    const mass = game.q.reduce((sum, value) => sum + value, 0) * ((2 * HALF) / SIDE) ** 2;
    const { count, share } = gan.modesHit(target, apply(training.generator, many));
    game.records.push({ steps: game.steps, value: training.value, best: -Math.log(4) + 2 * divergence, divergence, error: Math.abs(divergence - rough), mass, count, share });
    due = Math.max(game.steps + 1, Math.ceil(game.steps * DENSER));
  }

  /** Go on for about so many milliseconds, at most to a step. */
  function run(ms, goal) {
    const end = performance.now() + ms;
    while (game.steps < goal && !game.failed && performance.now() < end) {
      training.step();
      game.steps += 1;
      game.failed = !Number.isFinite(training.value);
      if (!game.failed && (game.steps >= due || game.steps === goal)) measure();
    }
  }
  measure();
  return game;
}
