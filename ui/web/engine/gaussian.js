/**
 * Diagonal normal distributions over z, in nats. `logvar` is log σ². Vectors are array-likes of the same length D.
 */

const LOG_2PI = Math.log(2 * Math.PI);

/**
 * KL(N(mu, diag σ²) ‖ N(0, I)) = ½ Σ_j (σ_j² + mu_j² − 1 − log σ_j²), nats, never negative.
 * @param {ArrayLike<number>} mu [D]
 * @param {ArrayLike<number>} logvar [D]
 * @returns {number}
 */
export function kl(mu, logvar) {
  let sum = 0;
  for (let j = 0; j < mu.length; j++) sum += mu[j] * mu[j] + Math.expm1(logvar[j]) - logvar[j]; // expm1(l) - l keeps its digits where σ² is close to 1
  return 0.5 * sum;
}

/**
 * log N(z; 0, I) = −½ Σ_j (z_j² + log 2π), nats.
 * @param {ArrayLike<number>} z [D]
 * @returns {number}
 */
export function logPrior(z) {
  let sum = 0;
  for (let j = 0; j < z.length; j++) sum += z[j] * z[j] + LOG_2PI;
  return -0.5 * sum;
}

/**
 * log N(z; mu, diag σ²) = −½ Σ_j ((z_j − mu_j)² / σ_j² + log σ_j² + log 2π), nats.
 * @param {ArrayLike<number>} z [D]
 * @param {ArrayLike<number>} mu [D]
 * @param {ArrayLike<number>} logvar [D]
 * @returns {number}
 */
export function logProb(z, mu, logvar) {
  let sum = 0;
  for (let j = 0; j < z.length; j++) {
    const d = z[j] - mu[j];
    sum += d * d * Math.exp(-logvar[j]) + logvar[j] + LOG_2PI;
  }
  return -0.5 * sum;
}

/**
 * Draw z = mu + σ ε with ε ~ N(0, I).
 * @param {ArrayLike<number>} mu [D]
 * @param {ArrayLike<number>} logvar [D]
 * @param {import("./random.js").Random} random
 * @param {Float32Array | Float64Array} out [D]
 * @returns {Float32Array | Float64Array} out
 */
export function sampleInto(mu, logvar, random, out) {
  for (let j = 0; j < mu.length; j++) out[j] = mu[j] + Math.exp(0.5 * logvar[j]) * random.normal();
  return out;
}
