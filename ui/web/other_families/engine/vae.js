/**
 * A VAE on a line or a plane, with its density by quadrature; z has as many numbers as x. z ~ N(0, I) and
 * x ~ N(decoder(z), sigma^2 I) with one learned sigma; the encoder gives the mean and the log-variance of q(z|x). Decoder and
 * encoder are networks of network.js.
 *
 * @typedef {{encoder: Layer[], decoder: Layer[], spread: Layer}} Vae  `spread` has no weights, and log sigma as its bias
 */

import { apply, backward, createAdam, createLayers, forward } from "./network.js";

const BATCH = 128;
const BETAS = [0.9, 0.999];
const SIGMA = 0.3; // at first: from 1 on, sigma grows to the data's spread before z is used, and z then stays unused
export const CELLS = 96; // of the latent space along each side
const REACH = 5; // standard deviations of z on each side that the lattice covers: all but 1e-6 of the mass
const FINEST = 16; // parts of a cell along each side
const LEAST = 1e-10; // weight of a piece: all below add up to less than 1e-5
const FAR = 6; // sigma from a mean, where N(x; mean, sigma^2) is 1e-8 of its height
const FADED = 40; // nats below the largest term of a sum, where a term adds nothing

export const sigmaOf = ({ spread }) => Math.exp(spread.bias[0]);

const dimensionsOf = ({ decoder }) => decoder[0].ins;

/** Networks of two hidden layers each, for d numbers. @returns {Vae} */
export function createVae(d, width, random) {
  const [encoder, decoder] = [2 * d, d].map((outs) => createLayers([d, width, width, outs], random));
  return { encoder, decoder, spread: { weight: new Float64Array(0), bias: Float64Array.of(Math.log(SIGMA)) } };
}

/** The ELBO in nats of each row x [count * d] at one z = mu + s * noise, [count], with what its gradient needs. */
export function elbos(vae, x, noise) {
  const { encoder, decoder, spread } = vae;
  const d = dimensionsOf(vae);
  const count = x.length / d;
  const encoded = forward(encoder, x);
  const code = encoded.at(-1); // mu, then log-variance: [count * 2d]
  const z = new Float64Array(d * count);
  for (let n = 0; n < count; n++) for (let k = 0; k < d; k++) z[d * n + k] = code[2 * d * n + k] + Math.exp(0.5 * code[2 * d * n + d + k]) * noise[d * n + k];
  const decoded = forward(decoder, z);
  const mean = decoded.at(-1);
  const logSigma = spread.bias[0];
  const precision = Math.exp(-2 * logSigma);
  const squares = new Float64Array(count); // ((x - mean) / sigma)^2
  const elbo = new Float64Array(count);
  for (let n = 0; n < count; n++) {
    let rate = 0;
    for (let k = 0; k < d; k++) {
      const [mu, logvar] = [code[2 * d * n + k], code[2 * d * n + d + k]];
      rate += 0.5 * (mu * mu + Math.exp(logvar) - 1 - logvar);
      squares[n] += (x[d * n + k] - mean[d * n + k]) ** 2 * precision;
    }
    elbo[n] = -0.5 * squares[n] - d * logSigma - 0.5 * d * Math.log(2 * Math.PI) - rate;
  }
  return { elbo, encoded, decoded, squares, precision };
}

/** The gradients of the mean of -ELBO over rows x [count * d], by the weights of each network, and the mean ELBO. */
export function gradients(vae, x, noise) {
  const d = dimensionsOf(vae);
  const count = x.length / d;
  const { elbo, encoded, decoded, squares, precision } = elbos(vae, x, noise);
  const [code, mean] = [encoded.at(-1), decoded.at(-1)];
  const back = backward(vae.decoder, decoded, mean.map((value, k) => ((value - x[k]) * precision) / count));
  const byCode = new Float64Array(2 * d * count);
  for (let n = 0; n < count; n++) {
    for (let k = 0; k < d; k++) {
      const [atMu, atLogvar] = [2 * d * n + k, 2 * d * n + d + k];
      const [mu, logvar, byZ] = [code[atMu], code[atLogvar], back.input[d * n + k]];
      byCode[atMu] = byZ + mu / count;
      byCode[atLogvar] = 0.5 * (byZ * noise[d * n + k] * Math.exp(0.5 * logvar) + (Math.exp(logvar) - 1) / count);
    }
  }
  const bySpread = d - squares.reduce((sum, square) => sum + square, 0) / count;
  return {
    elbo: elbo.reduce((sum, value) => sum + value, 0) / count,
    decoder: back.parts,
    encoder: backward(vae.encoder, encoded, byCode).parts,
    spread: { weight: vae.spread.weight, bias: Float64Array.of(bySpread) },
  };
}

/** A training on the reparameterised ELBO by Adam, which `step` goes on with; `draw(count, random)` gives data [count * d]. */
export function createVaeTraining({ draw, d, width, rate, random }) {
  const vae = createVae(d, width, random);
  const [moveEncoder, moveDecoder, moveSpread] = [vae.encoder, vae.decoder, [vae.spread]].map((layers) => createAdam(layers, BETAS));
  const training = { vae, elbo: NaN, step };

  function step() {
    const noise = Float64Array.from({ length: d * BATCH }, () => random.normal());
    const found = gradients(vae, draw(BATCH, random), noise);
    moveEncoder(found.encoder, rate);
    moveDecoder(found.decoder, rate);
    moveSpread([found.spread], rate);
    training.elbo = found.elbo;
  }
  return training;
}

/**
 * The law of x as a sum of normals of one sigma: their means [count * d] and weights [count], which add up to 1. The latent
 * space is cut into cells between whose corners the decoder is taken as linear in each z; a cell that is long in x is cut
 * into parts that are at most sigma wide, where a sum of normals is as good as its integral.
 */
export function mixture(vae, cells = CELLS) {
  const [means, weights] = [[], []];
  const add = (weight, mean) => {
    if (weight < LEAST) return;
    means.push(...mean);
    weights.push(weight);
  };
  (dimensionsOf(vae) === 1 ? addIntervals : addSquares)(vae, cells, add);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { sigma: sigmaOf(vae), means: Float64Array.from(means), weights: Float64Array.from(weights, (weight) => weight / total) };
}

const partsOf = (length, sigma) => Math.min(FINEST, Math.max(1, Math.ceil(length / sigma)));
const normal = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

function addIntervals(vae, cells, add) {
  const step = (2 * REACH) / cells;
  const x = apply(vae.decoder, Float64Array.from({ length: cells + 1 }, (_, k) => -REACH + step * k));
  for (let k = 0; k < cells; k++) {
    const parts = partsOf(Math.abs(x[k + 1] - x[k]), sigmaOf(vae));
    for (let i = 0; i < parts; i++) {
      const way = (i + 0.5) / parts;
      add((normal(-REACH + step * (k + way)) * step) / parts, [(1 - way) * x[k] + way * x[k + 1]]);
    }
  }
}

function addSquares(vae, cells, add) {
  const step = (2 * REACH) / cells;
  const wide = cells + 1;
  const corners = new Float64Array(2 * wide * wide);
  for (let v = 0, at = 0; v <= cells; v++) for (let u = 0; u <= cells; u++, at += 2) corners.set([-REACH + step * u, -REACH + step * v], at);
  const x = apply(vae.decoder, corners);
  for (let v = 0; v < cells; v++) {
    for (let u = 0; u < cells; u++) {
      const [a, b, c, d] = [0, 1, wide, wide + 1].map((more) => 2 * (v * wide + u + more));
      const length = (one, two) => Math.hypot(x[one] - x[two], x[one + 1] - x[two + 1]);
      const parts = partsOf(Math.max(length(a, b), length(c, d), length(a, c), length(b, d)), sigmaOf(vae));
      for (let j = 0; j < parts; j++) {
        for (let i = 0; i < parts; i++) {
          const [right, up] = [(i + 0.5) / parts, (j + 0.5) / parts];
          const between = (k) => (1 - up) * ((1 - right) * x[a + k] + right * x[b + k]) + up * ((1 - right) * x[c + k] + right * x[d + k]);
          add((normal(-REACH + step * (u + right)) * normal(-REACH + step * (v + up)) * step * step) / (parts * parts), [between(0), between(1)]);
        }
      }
    }
  }
}

/** p(x) at the middles of equal cells of [-half, half]^d, rows going down, [side^d]. */
export function densityOnCells({ sigma, means, weights }, half, side) {
  const d = means.length / weights.length;
  const out = new Float64Array(side ** d);
  const cell = (2 * half) / side;
  const height = (2 * Math.PI * sigma * sigma) ** (-d / 2);
  const reach = (FAR * sigma) / cell;
  const range = (middle) => [Math.max(0, Math.ceil(middle - reach)), Math.min(side - 1, Math.floor(middle + reach))];
  const fall = (away) => Math.exp(-0.5 * ((away * cell) / sigma) ** 2);
  const profile = new Float64Array(side);
  for (let n = 0; n < weights.length; n++) {
    const across = (means[d * n] + half) / cell - 0.5; // in cells, from their middles
    const [left, right] = range(across);
    for (let column = left; column <= right; column++) profile[column] = weights[n] * height * fall(column - across);
    const down = d === 1 ? 0 : (half - means[2 * n + 1]) / cell - 0.5;
    const [top, bottom] = d === 1 ? [0, 0] : range(down);
    for (let row = top; row <= bottom; row++) {
      const factor = fall(row - down);
      for (let column = left; column <= right; column++) out[row * side + column] += factor * profile[column];
    }
  }
  return out;
}

/** log p(x) in nats at rows x [count * d], [count]. */
export function logProb({ sigma, means, weights }, x) {
  const d = means.length / weights.length;
  const precision = 0.5 / (sigma * sigma);
  const logs = weights.map(Math.log);
  const terms = new Float64Array(weights.length);
  return Float64Array.from({ length: x.length / d }, (_, n) => {
    let largest = -Infinity;
    for (let k = 0; k < terms.length; k++) {
      terms[k] = logs[k];
      for (let i = 0; i < d; i++) terms[k] -= (x[d * n + i] - means[d * k + i]) ** 2 * precision;
      if (terms[k] > largest) largest = terms[k];
    }
    let sum = 0;
    for (let k = 0; k < terms.length; k++) if (terms[k] > largest - FADED) sum += Math.exp(terms[k] - largest);
    return largest + Math.log(sum) - 0.5 * d * Math.log(2 * Math.PI * sigma * sigma);
  });
}

/** x ~ p(x|z) at rows z, with the noise that is scaled by sigma, both [count * d]. */
export function sample(vae, z, noise) {
  const sigma = sigmaOf(vae);
  return apply(vae.decoder, z).map((mean, k) => mean + sigma * noise[k]);
}
