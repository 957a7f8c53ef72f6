/**
 * A trained VAE in the browser: decoder at once, encoder and codes when asked for.
 */

import { fetchBinary } from "./fetch.js";
import { kl, sampleInto } from "./gaussian.js";
import { compileLayers } from "./layers.js";
import { createLikelihood } from "./likelihood.js";
import { createRandom } from "./random.js";
import { parseSafetensors } from "./safetensors.js";

/**
 * @typedef {Object} Posterior  q(z|x) = N(mu, diag exp(logvar))
 * @property {Float32Array} mu [D]
 * @property {Float32Array} logvar [D]
 *
 * @typedef {Object} ElboTerms  nats per image; elbo = -(rate + distortion)
 * @property {number} rate  KL(q(z|x) ‖ p(z)), closed form
 * @property {number} distortion  -E_q log p(x|z), mean over K draws
 * @property {number} distortionStderr  its standard error, sd / sqrt(K); NaN for K = 1
 * @property {number} elbo
 * @property {number} elboStderr  the same as distortionStderr, because the rate is exact
 * @property {number} distortionAtMean  -log p(x|z) at z = mu
 * @property {number} K
 * @property {number} seed
 *
 * @typedef {Object} Codes  the posteriors of the encoded images, in their order
 * @property {number} count  N
 * @property {Float32Array} mu [N*D] row-major
 * @property {Float32Array} logvar [N*D]
 * @property {Uint8Array} label [N]
 *
 * @typedef {Object} Model
 * @property {Object} descriptor  what Python handed over
 * @property {number} latentDim  D
 * @property {number[]} imageShape  [C, H, W]
 * @property {number} pixels  C*H*W
 * @property {import("./likelihood.js").Likelihood} likelihood
 * @property {(z: ArrayLike<number>) => Float32Array} decode  mean picture [C*H*W], the same buffer each call
 * @property {(z: ArrayLike<number>) => Float32Array} decodeRaw  decoder output a [C*H*W], the same buffer each call
 *   (decode, logLikelihood and elboTerms overwrite it; only decode overwrites decode's buffer)
 * @property {() => Promise<void>} ensureEncoder  fetch the encoder once; rejects with one sentence; a
 *   call after a failure tries again
 * @property {() => boolean} encoderReady  whether encode and elboTerms may be called
 * @property {(x: Float32Array) => Posterior} encode  x [C*H*W] in [0, 1] -> q(z|x), the same buffers each call
 * @property {(x: ArrayLike<number>, z: ArrayLike<number>) => number} logLikelihood  log p(x|z), nats
 * @property {(x: Float32Array, options?: {K?: number, seed?: number}) => ElboTerms} elboTerms  K = 64 draws, seed = 0
 * @property {() => Promise<Codes>} codes  fetched once
 */

/**
 * @param {Object} descriptor  `data.model` of the component
 * @param {{onProgress?: (bytes: number) => void, signal?: AbortSignal}} [options]  onProgress: the decoder's bytes so far
 * @returns {Promise<Model>} when the decoder is ready
 * @throws {Error} one sentence for the user, when a file cannot be fetched or does not fit the descriptor
 */
export async function loadModel(descriptor, { onProgress, signal } = {}) {
  const { latent_dim: D, image_shape: imageShape } = descriptor;
  const pixels = imageShape.reduce((product, n) => product * n, 1);
  const likelihood = createLikelihood(descriptor.likelihood);
  const forward = await loadPart(descriptor.decoder, "decoder", D, pixels, { onProgress, signal });

  const code = new Float32Array(D);
  const mean = new Float32Array(pixels);
  const draw = new Float32Array(D);
  const posterior = { mu: new Float32Array(D), logvar: new Float32Array(D) };
  let encoder = null;

  function decodeRaw(z) {
    if (z.length !== D) throw new Error(`The model has ${D} latent dimensions, but z has ${z.length} numbers.`);
    code.set(z);
    return forward(code);
  }

  function encode(x) {
    if (!encoder) throw new Error("The encoder is not loaded yet.");
    const output = encoder(x);
    for (let j = 0; j < D; j++) {
      posterior.mu[j] = output[j];
      posterior.logvar[j] = output[D + j];
    }
    return posterior;
  }

  const logLikelihood = (x, z) => likelihood.logProb(decodeRaw(z), x);

  function elboTerms(x, { K = 64, seed = 0 } = {}) {
    if (!Number.isInteger(K) || K < 1) throw new Error(`The number of draws should be 1 or more, but is ${K}.`);
    const { mu, logvar } = encode(x);
    const random = createRandom(seed);
    let distortion = 0;
    let squares = 0; // Welford: sum of squared deviations from the running mean
    for (let k = 1; k <= K; k++) {
      const d = -logLikelihood(x, sampleInto(mu, logvar, random, draw));
      const change = d - distortion;
      distortion += change / k;
      squares += change * (d - distortion);
    }
    const stderr = Math.sqrt(squares / (K - 1) / K);
    const rate = kl(mu, logvar);
    return {
      rate,
      distortion,
      distortionStderr: stderr,
      elbo: -(rate + distortion),
      elboStderr: stderr,
      distortionAtMean: -logLikelihood(x, mu),
      K,
      seed,
    };
  }

  return {
    descriptor,
    latentDim: D,
    imageShape,
    pixels,
    likelihood,
    decodeRaw,
    decode: (z) => likelihood.meanInto(decodeRaw(z), mean),
    ensureEncoder: once(async () => {
      encoder = await loadPart(descriptor.encoder, "encoder", imageShape, 2 * D, { signal });
    }),
    encoderReady: () => encoder !== null,
    encode,
    logLikelihood,
    elboTerms,
    codes: once(() => loadCodes(descriptor.codes, D, { signal })),
  };
}

async function loadPart(url, part, inputSize, outputSize, options) {
  const buffer = await fetchBinary(url, `the ${part}`, options);
  try {
    const { metadata, tensors } = parseSafetensors(buffer);
    const forward = compileLayers(readProgram(metadata.program), tensors, part, inputSize);
    const outputs = forward.outputShape.reduce((product, n) => product * n, 1);
    if (outputs !== outputSize) throw new Error(`It gives ${outputs} numbers, but the model needs ${outputSize}.`);
    return forward;
  } catch (error) {
    throw new Error(`The ${part} of this model cannot be used: ${error.message}`, { cause: error });
  }
}

function readProgram(text) {
  let program = null;
  try {
    program = JSON.parse(text);
  } catch {
    // falls through to the sentence below
  }
  if (!Array.isArray(program)) throw new Error("The file does not name its layers.");
  return program;
}

async function loadCodes(url, D, options) {
  const buffer = await fetchBinary(url, "the encoded images", options);
  try {
    const { mu, logvar, label } = parseSafetensors(buffer).tensors;
    const count = label?.shape[0];
    if (mu?.shape.join() !== `${count},${D}` || logvar?.shape.join() !== `${count},${D}`) {
      throw new Error(`expected mu and logvar of shape [N, ${D}] and label of shape [N].`);
    }
    return { count, mu: mu.data, logvar: logvar.data, label: label.data };
  } catch (error) {
    throw new Error(`The encoded images of this model cannot be used: ${error.message}`, { cause: error });
  }
}

/** Run an asynchronous function once and keep its promise; after a failure the next call tries again. */
function once(f) {
  let promise = null;
  return () => (promise ??= f().catch((error) => {
    promise = null;
    throw error;
  }));
}
