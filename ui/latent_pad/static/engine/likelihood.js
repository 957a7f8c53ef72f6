/**
 * p(x|z) from the decoder's output a, both flat [C*H*W]. The mean picture is sigmoid(a) for both kinds.
 *
 * @typedef {Object} Likelihood
 * @property {"bernoulli" | "gaussian"} kind
 * @property {number | null} sigma  pixel standard deviation of the Gaussian, in units of grey (0..1)
 * @property {(a: Float32Array, out: Float32Array) => Float32Array} meanInto  out = E[x|z], each in (0, 1)
 * @property {(a: Float32Array, x: ArrayLike<number>) => number} logProb  log p(x|z), nats, summed over pixels in
 *   float64. Throws when x has another length or, for a Bernoulli, when it holds anything but 0 and 1
 * @property {(a: Float32Array, random: import("./random.js").Random, out: Float32Array) => Float32Array} sampleInto
 *   out = a draw of x: 0 or 1 for a Bernoulli; for a Gaussian any real number (clip it only to show it)
 */

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * @param {{kind: "bernoulli" | "gaussian", sigma: number | null}} description
 * @returns {Likelihood}
 * @throws {Error} when the kind is unknown or a Gaussian has no positive sigma
 */
export function createLikelihood({ kind, sigma }) {
  if (kind === "bernoulli") {
    return { kind, sigma: null, meanInto, logProb: bernoulliLogProb, sampleInto: bernoulliSampleInto };
  }
  if (kind !== "gaussian") throw new Error(`The likelihood should be bernoulli or gaussian, but is ${kind}.`);
  if (!(Number.isFinite(sigma) && sigma > 0)) {
    throw new Error(`A Gaussian likelihood needs a standard deviation above 0, but got ${sigma}.`);
  }
  return {
    kind,
    sigma,
    meanInto,
    logProb: (a, x) => gaussianLogProb(a, x, sigma),
    sampleInto: (a, random, out) => gaussianSampleInto(a, sigma, random, out),
  };
}

const sigmoid = (a) => 1 / (1 + Math.exp(-a));

function meanInto(a, out) {
  for (let i = 0; i < a.length; i++) out[i] = sigmoid(a[i]);
  return out;
}

/** Σ x a − softplus(a), with softplus(a) = max(a, 0) + log(1 + exp(−|a|)). */
function bernoulliLogProb(a, x) {
  checkLength(a, x);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const xi = x[i];
    if (xi !== 0 && xi !== 1) {
      throw new Error(`A Bernoulli likelihood needs pixels of 0 or 1, but pixel ${i} is ${xi}.`);
    }
    const ai = a[i];
    sum += xi * ai - Math.max(ai, 0) - Math.log1p(Math.exp(-Math.abs(ai)));
  }
  return sum;
}

function bernoulliSampleInto(a, random, out) {
  for (let i = 0; i < a.length; i++) out[i] = random.uniform() < sigmoid(a[i]) ? 1 : 0;
  return out;
}

/** Σ −½ ((x − sigmoid(a)) / σ)² − log σ − ½ log 2π. */
function gaussianLogProb(a, x, sigma) {
  checkLength(a, x);
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const d = x[i] - sigmoid(a[i]);
    squares += d * d;
  }
  return (-0.5 * squares) / (sigma * sigma) - a.length * (Math.log(sigma) + HALF_LOG_2PI);
}

function gaussianSampleInto(a, sigma, random, out) {
  for (let i = 0; i < a.length; i++) out[i] = sigmoid(a[i]) + sigma * random.normal();
  return out;
}

function checkLength(a, x) {
  if (x.length !== a.length) {
    throw new Error(`The model's pictures have ${a.length} values, but this one has ${x.length}.`);
  }
}
