/**
 * p(x|z) from the decoder's output a, both flat [C*H*W]. The mean picture is sigmoid(a), or a itself for the Gaussian of
 * a linear model.
 *
 * @typedef {Object} Likelihood
 * @property {"bernoulli" | "gaussian"} kind
 * @property {number | null} sigma  pixel standard deviation of the Gaussian, in units of grey (0..1)
 * @property {(a: Float32Array, out: Float32Array) => Float32Array} meanInto  out = E[x|z], in (0, 1) for a sigmoid
 * @property {(a: Float32Array, x: ArrayLike<number>) => number} logProb  log p(x|z), nats, summed over pixels in
 *   float64. Throws when x has another length or, for a Bernoulli, when it holds anything but 0 and 1
 * @property {(a: Float32Array, x: ArrayLike<number>) => number} [squaredError]  of a Gaussian: ‖x − mean‖²
 * @property {(a: Float32Array, random: import("./random.js").Random, out: Float32Array) => Float32Array} sampleInto
 *   out = a draw of x: 0 or 1 for a Bernoulli; for a Gaussian any real number (clip it only to show it)
 */

const HALF_LOG_2PI = 0.5 * Math.log(2 * Math.PI);

/**
 * @param {{kind: "bernoulli" | "gaussian", sigma: number | null, mean?: "sigmoid" | "identity"}} description
 * @returns {Likelihood}
 * @throws {Error} when the kind or the mean is unknown or a Gaussian has no positive sigma
 */
export function createLikelihood({ kind, sigma, mean = "sigmoid" }) {
  const link = MEANS[mean];
  if (!link) throw new Error(`The mean should be sigmoid or identity, but is ${mean}.`);
  const meanInto = (a, out) => mapInto(a, out, link);
  if (kind === "bernoulli") {
    return { kind, sigma: null, meanInto, logProb: bernoulliLogProb, sampleInto: bernoulliSampleInto };
  }
  if (kind !== "gaussian") throw new Error(`The likelihood should be bernoulli or gaussian, but is ${kind}.`);
  if (!(Number.isFinite(sigma) && sigma > 0)) {
    throw new Error(`A Gaussian likelihood needs a standard deviation above 0, but got ${sigma}.`);
  }
  const squaredError = (a, x) => squaredErrorOf(a, x, link);
  return {
    kind,
    sigma,
    meanInto,
    squaredError,
    logProb: (a, x) => gaussianLogProb(squaredError(a, x), sigma, a.length),
    sampleInto: (a, random, out) => gaussianSampleInto(a, sigma, link, random, out),
  };
}

/** log N(x; mean, σ² I) from ‖x − mean‖²: −½ ‖x − mean‖² / σ² − P (log σ + ½ log 2π), nats. */
export const gaussianLogProb = (squaredError, sigma, pixels) =>
  (-0.5 * squaredError) / (sigma * sigma) - pixels * (Math.log(sigma) + HALF_LOG_2PI);

const sigmoid = (a) => 1 / (1 + Math.exp(-a));
const MEANS = { sigmoid, identity: (a) => a };

function mapInto(a, out, link) {
  for (let i = 0; i < a.length; i++) out[i] = link(a[i]);
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

function squaredErrorOf(a, x, link) {
  checkLength(a, x);
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const d = x[i] - link(a[i]);
    squares += d * d;
  }
  return squares;
}

function gaussianSampleInto(a, sigma, link, random, out) {
  for (let i = 0; i < a.length; i++) out[i] = link(a[i]) + sigma * random.normal();
  return out;
}

function checkLength(a, x) {
  if (x.length !== a.length) {
    throw new Error(`The model's pictures have ${a.length} values, but this one has ${x.length}.`);
  }
}
