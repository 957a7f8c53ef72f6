/** The training of a GAN and, beside it, of a VAE with the same decoder on the same data; and what is measured of both. */

import { createRandom } from "../../engine/random.js";
import * as gan from "../engine/gan.js";
import { apply } from "../engine/network.js";
import * as vae from "../engine/vae.js";
import { createTarget } from "./targets.js";

export const HALF = 3.2; // of the line or the plane that is shown
export const SIDES = { 1: 512, 2: 64 }; // cells along each side, by the dimensions
export const SHOWN = 400; // samples that are shown, and new draws of the data beside them, of which the VAE says log p(x)
export const COUNTED = 2000; // samples that are counted at a measurement
export const VAE_RATE = 0.005;
const DRAWS = 16; // of z for each x, in the mean ELBO
const DENSER = 1.2; // from one measurement, which takes time, to the next the steps grow by this
const LOOKS = 25; // steps from one count of the shown samples to the next
const WIDTH = 32;

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * A training that `run` goes on with, or null while the data's drawing is empty. `records` holds the steps, the value V of the batch, that of the best discriminator
 * against this generator, and what is measured of each model, `gan` and `vae`: JSD with its error by halving the lattice of
 * z, the mass on the cells, modes hit and the share of samples near one; of the VAE also the means of log p(x) and of the ELBO with their errors.
 * `course` holds which share of the shown samples is near each mode.
 */
export function createGame(state) {
  const { pace, generator_steps: generatorSteps, seed } = state;
  const target = createTarget(state);
  if (!target) return null;
  const { d, draw } = target;
  const side = SIDES[d];
  const of = (n) => createRandom(seed + n);
  const training = gan.createGan({ draw, d, width: WIDTH, rate: pace, generatorSteps, random: of(0) });
  const beside = vae.createVaeTraining({ draw, d, width: WIDTH, rate: VAE_RATE, random: of(2) });
  const still = of(1);
  const normals = (count) => Float64Array.from({ length: d * count }, () => still.normal());
  const [z, noise, many, manyNoise] = [SHOWN, SHOWN, COUNTED, COUNTED].map(normals); // the same in every frame, so that one sees them move
  const data = draw(SHOWN, still);
  const drawn = Array.from({ length: DRAWS }, () => normals(SHOWN));
  const p = gan.onCells(target.density, HALF, side, d);
  const samples = { gan: (of = z) => apply(training.generator, of), vae: (of = z, by = noise) => vae.sample(beside.vae, of, by) };
  const game = { target, p, data, z, samples, generator: training.generator, discriminator: training.discriminator, vae: beside.vae, densities: {}, steps: 0, records: [], course: [], failed: false, run };
  let due = 0;
  let waiting = [];

  /** What is to be measured after a step, in parts that each fit into a frame. */
  function measurements(steps) {
    const record = { steps, value: training.value };
    const rough = {};
    const compared = (name) => {
      const divergence = gan.jensenShannon(p, game.densities[name]);
      const mass = game.densities[name].reduce((sum, value) => sum + value, 0) * ((2 * HALF) / side) ** d;
      return { divergence, mass, error: Math.abs(divergence - gan.jensenShannon(p, rough[name])) };
    };
    let laws = [];
    return [
      () => (game.densities.gan = gan.generatorDensity(training.generator, HALF, side)),
      () => {
        rough.gan = gan.generatorDensity(training.generator, HALF, side, gan.CELLS[d] / 2);
        record.gan = { ...compared("gan"), ...countNear(samples.gan(many)) };
        record.best = -Math.log(4) + 2 * record.gan.divergence;
      },
      () => {
        laws = [vae.CELLS, vae.CELLS / 2].map((cells) => vae.mixture(beside.vae, cells));
        game.densities.vae = vae.densityOnCells(laws[0], HALF, side);
      },
      () => {
        rough.vae = vae.densityOnCells(laws[1], HALF, side);
        record.vae = { ...compared("vae"), ...countNear(samples.vae(many, manyNoise)), sigma: vae.sigmaOf(beside.vae) };
      },
      () => {
        const [logPx, coarse] = laws.map((law) => mean(vae.logProb(law, data)));
        Object.assign(record.vae, { logPx, logPxError: Math.abs(logPx - coarse), ...meanElbo() });
        game.records.push(record);
      },
    ];
  }

  const countNear = (points) => (target.modes ? gan.modesHit(target.modes, points) : {});

  /** What share of the shown samples is near each mode. */
  const look = (steps) => game.course.push({ steps, ...Object.fromEntries(Object.entries(samples).map(([name, of]) => [name, gan.sharesNear(target.modes, of())])) });

  /** The mean ELBO of the data with its standard error, which comes from the draws of z. */
  function meanElbo() {
    const means = drawn.map((by) => mean(vae.elbos(beside.vae, data, by).elbo));
    const elbo = mean(means);
    return { elbo, elboError: Math.sqrt(mean(means.map((value) => (value - elbo) ** 2)) / (DRAWS - 1)) };
  }

  /** Go on for about so many milliseconds, at most to a step. A step counts when all is measured that is to be. */
  function run(ms, goal) {
    const end = performance.now() + ms;
    while (game.steps < goal && !game.failed && performance.now() < end) {
      const next = game.steps + 1;
      if (!waiting.length) {
        training.step();
        beside.step();
        game.failed = ![training.value, beside.elbo].every(Number.isFinite);
        if (game.failed) return;
        if (target.modes && next % LOOKS === 0) look(next);
        if (next >= due || next === goal) {
          waiting = measurements(next);
          due = Math.max(next + 1, Math.ceil(next * DENSER));
        }
      }
      waiting.shift()?.();
      if (waiting.length) return;
      game.steps = next;
    }
  }
  for (const measure of measurements(0)) measure();
  return game;
}
