/**
 * A generative adversarial network on a line or a plane, with its generator's exact density; twin of vae_core/families/gan.py.
 * x = G(z) with z ~ N(0, I); the discriminator D is trained to tell x from data, G to deceive it.
 */

import { sigmoid, softplus } from "./binary_states.js";
import { apply, backward, createAdam, createLayers, forward } from "./network.js";

const BATCH = 128;
export const CELLS = { 1: 4096, 2: 96 }; // of the latent space along each side, by its dimensions
const REACH = 5; // standard deviations of z on each side that the lattice covers: all but 1e-6 of the mass
const LEAST = 1e-12; // size in x for one in z: a piece that G flattens has no density to add

/** Equal round normals around centres, each of one or two numbers: evenly on a circle. */
export const ring = (count = 8, radius = 2, sd = 0.15) => ({ sd, centres: Array.from({ length: count }, (_, k) => [radius * Math.cos((2 * Math.PI * k) / count), radius * Math.sin((2 * Math.PI * k) / count)]) });

/** The same evenly on a line from -half to half. */
export const row = (count = 8, half = 2, sd = 0.15) => ({ sd, centres: Array.from({ length: count }, (_, k) => [(k - (count - 1) / 2) * ((2 * half) / Math.max(1, count - 1))]) });

const squareBetween = (x, at, centre) => centre.reduce((sum, middle, k) => sum + (x[at + k] - middle) ** 2, 0);

export function density({ centres, sd }, x) {
  const sum = centres.reduce((all, centre) => all + Math.exp((-0.5 * squareBetween(x, 0, centre)) / (sd * sd)), 0);
  return sum / (centres.length * (2 * Math.PI * sd * sd) ** (x.length / 2));
}

/** `count` draws, [count * d]. */
export function draw({ centres, sd }, count, random) {
  const d = centres[0].length;
  const out = new Float64Array(d * count);
  for (let n = 0; n < count; n++) {
    const centre = centres[Math.floor(random.uniform() * centres.length)];
    for (let k = 0; k < d; k++) out[d * n + k] = centre[k] + sd * random.normal();
  }
  return out;
}

/** The gradients of both networks on a batch of data and of z, with the value E log D(x) + E log(1 - D(G(z))), nats. */
export function gradients(generator, discriminator, data, z) {
  const count = z.length / generator[0].ins;
  const made = forward(generator, z);
  const fake = made.at(-1);
  const [onData, onFake] = [data, fake].map((x) => forward(discriminator, x));
  const [real, mock] = [onData.at(-1), onFake.at(-1)];
  const value = -(real.reduce((sum, logit) => sum + softplus(-logit), 0) + mock.reduce((sum, logit) => sum + softplus(logit), 0)) / count;
  const up = backward(discriminator, onData, real.map((logit) => -sigmoid(-logit) / count));
  const down = backward(discriminator, onFake, mock.map((logit) => sigmoid(logit) / count));
  const forD = up.parts.map((part, l) => ({ weight: part.weight.map((g, k) => g + down.parts[l].weight[k]), bias: part.bias.map((g, k) => g + down.parts[l].bias[k]) }));
  return { value, discriminator: forD, fake };
}

/** The gradient of the generator against a discriminator that has just moved: of E softplus(-D(G(z))). */
export function generatorGradient(generator, discriminator, z) {
  const count = z.length / generator[0].ins;
  const made = forward(generator, z);
  const onFake = forward(discriminator, made.at(-1));
  const { input } = backward(discriminator, onFake, onFake.at(-1).map((logit) => -sigmoid(-logit) / count));
  return backward(generator, made, input).parts;
}

/**
 * A training of both networks, which `step` goes on with: one update of D, then `generatorSteps` of G. `draw(count, random)`
 * gives data [count * d], `value` is that of the last batch.
 */
export function createGan({ draw, d, width, rate, generatorSteps, random }) {
  const generator = createLayers([d, width, width, d], random);
  const discriminator = createLayers([d, width, width, 1], random);
  const [moveG, moveD] = [createAdam(generator), createAdam(discriminator)];
  const gan = { generator, discriminator, steps: 0, value: NaN, step };

  function step() {
    const latent = () => Float64Array.from({ length: d * BATCH }, () => random.normal());
    const z = latent();
    const found = gradients(generator, discriminator, draw(BATCH, random), z);
    moveD(found.discriminator, rate);
    for (let k = 0; k < generatorSteps; k++) moveG(generatorGradient(generator, discriminator, k ? latent() : z), rate);
    gan.value = found.value;
    gan.steps += 1;
  }
  return gan;
}

/**
 * The density of x = G(z) at the middles of equal cells: of [-half, half], [side], or of [-half, half]^2, rows going down,
 * [side * side]. The latent space is cut into intervals or triangles on which G is taken as straight: each adds N(z) times its
 * size in z over its size in x.
 */
export function generatorDensity(layers, half, side, cells = CELLS[layers[0].ins]) {
  return (layers[0].ins === 1 ? densityOnLine : densityOnPlane)(layers, half, side, cells);
}

function densityOnLine(layers, half, side, cells) {
  const step = (2 * REACH) / cells;
  const x = apply(layers, Float64Array.from({ length: cells + 1 }, (_, k) => -REACH + step * k));
  const out = new Float64Array(side);
  const scale = side / (2 * half);
  const place = (value) => (value + half) * scale - 0.5; // in cells, from their middles
  for (let k = 0; k < cells; k++) {
    const [a, b] = [place(x[k]), place(x[k + 1])];
    const share = Math.abs(b - a) / (scale * step); // size in x for one in z
    if (share < LEAST) continue;
    const last = Math.min(side - 1, Math.floor(Math.max(a, b)));
    for (let cell = Math.max(0, Math.ceil(Math.min(a, b))); cell <= last; cell++) {
      const way = (cell - a) / (b - a);
      if (way < 1) out[cell] += Math.exp(-0.5 * (-REACH + step * (k + way)) ** 2) / (Math.sqrt(2 * Math.PI) * share);
    }
  }
  return out;
}

function densityOnPlane(layers, half, side, cells) {
  const step = (2 * REACH) / cells;
  const edge = (k) => -REACH + step * k;
  const z = new Float64Array(2 * (cells + 1) ** 2);
  for (let v = 0, at = 0; v <= cells; v++) for (let u = 0; u <= cells; u++, at += 2) z.set([edge(u), edge(v)], at);
  const x = apply(layers, z);
  const out = new Float64Array(side * side);
  const scale = side / (2 * half);
  const place = (n) => [(x[2 * n] + half) * scale - 0.5, (half - x[2 * n + 1]) * scale - 0.5]; // in cells, from their middles
  const triangle = (n, across, up, sign) => {
    const [a, b, c] = [place(n), place(across), place(up)];
    const [b0, b1, c0, c1] = [b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]];
    const area = b0 * c1 - b1 * c0;
    const share = Math.abs(area) / (scale * scale * step * step); // size in x for one in z
    if (share < LEAST) return;
    const [low0, low1] = [0, 1].map((k) => Math.max(0, Math.ceil(Math.min(a[k], b[k], c[k]))));
    const [high0, high1] = [0, 1].map((k) => Math.min(side - 1, Math.floor(Math.max(a[k], b[k], c[k]))));
    for (let row = low1; row <= high1; row++) {
      for (let column = low0; column <= high0; column++) {
        const [p, q] = [column - a[0], row - a[1]];
        const u = (p * c1 - q * c0) / area;
        const v = (b0 * q - b1 * p) / area;
        if (u < 0 || v < 0 || u + v >= 1) continue;
        const [z0, z1] = [z[2 * n] + sign * step * u, z[2 * n + 1] + sign * step * v];
        out[row * side + column] += Math.exp(-0.5 * (z0 * z0 + z1 * z1)) / (2 * Math.PI * share);
      }
    }
  };
  const wide = cells + 1;
  for (let v = 0; v < cells; v++) {
    for (let u = 0; u < cells; u++) {
      const n = v * wide + u;
      triangle(n, n + 1, n + wide, 1);
      triangle(n + wide + 1, n + wide, n + 1, -1);
    }
  }
  return out;
}

/** The middles of the cells of a line or, rows going down, of a plane, [side^d * d]. */
export function middles(half, side, d) {
  const cell = (2 * half) / side;
  const across = (n) => -half + cell * ((n % side) + 0.5);
  return Float64Array.from({ length: d * side ** d }, (_, at) => (d === 1 ? across(at) : at % 2 ? half - cell * (Math.floor(at / 2 / side) + 0.5) : across(at >> 1)));
}

/** A density x => p at the middles of the same cells. */
export function onCells(density, half, side, d) {
  const x = middles(half, side, d);
  return Float64Array.from({ length: side ** d }, (_, n) => density(x.subarray(d * n, d * n + d)));
}

/** JSD(p, q) in nats of two densities on cells, each scaled to the mass 1. */
export function jensenShannon(p, q) {
  const [massP, massQ] = [p, q].map((values) => values.reduce((sum, value) => sum + value, 0));
  let sum = 0;
  for (let k = 0; k < p.length; k++) {
    const [one, two] = [p[k] / massP, q[k] / massQ];
    const middle = (one + two) / 2;
    if (one > 0) sum += one * Math.log(one / middle);
    if (two > 0) sum += two * Math.log(two / middle);
  }
  return sum / 2;
}

/** Of each mode, which share of the samples [N * d] lies within 3 sd of it. */
export function sharesNear(modes, samples) {
  const d = modes.centres[0].length;
  return modes.centres.map((centre) => {
    let count = 0;
    for (let at = 0; at < samples.length; at += d) if (isNear(modes, centre, samples, at)) count += 1;
    return count / (samples.length / d);
  });
}

const isNear = ({ sd }, centre, samples, at) => squareBetween(samples, at, centre) <= 9 * sd * sd;

/** How many modes have at least 1 % of the samples [N * d] within 3 sd, and which share lies near any. */
export function modesHit(modes, samples) {
  const d = modes.centres[0].length;
  let near = 0;
  for (let at = 0; at < samples.length; at += d) near += modes.centres.some((centre) => isNear(modes, centre, samples, at)) ? 1 : 0;
  return { count: sharesNear(modes, samples).filter((share) => share >= 0.01).length, share: near / (samples.length / d) };
}
