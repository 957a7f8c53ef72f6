/**
 * The frames of a path: their pictures and their metrics, measured here, and the training pictures nearest to them, which the
 * server looks for. Distances of pictures: root of summed squares of pixels, 0 to 1; from training pictures: rms of a pixel.
 */

import { logPrior } from "../engine/gaussian.js";
import { parseSafetensors } from "../engine/safetensors.js";
import { debounce } from "../shared/dom.js";
import { SHOW_ALL, nearestCode } from "../shared/nearest.js";
import { kindsOf, readyKinds } from "./path_kinds.js";

/**
 * @param {number[][]} z [T][D]
 * @returns {{z: number[][], pictures: Float32Array[], logPz: number[], norm: number[], latentStep: number[],
 *   step: number[], latentTravelled: number[], travelled: number[], nearest: {index: number, distance: number}[]}}
 *   the steps of frame 0 are 0; what was travelled up to each frame
 */
export function measure(z, model, codes) {
  const pictures = z.map((code) => model.decode(code).slice());
  const latentStep = z.map((code, k) => (k ? distance(code, z[k - 1]) : 0));
  const step = pictures.map((picture, k) => (k ? distance(picture, pictures[k - 1]) : 0));
  return {
    z,
    pictures,
    logPz: z.map(logPrior),
    norm: z.map((code) => Math.hypot(...code)),
    latentStep,
    step,
    latentTravelled: summed(latentStep),
    travelled: summed(step),
    nearest: z.map((code) => nearestCode(codes, code, SHOW_ALL)),
  };
}

function distance(a, b) {
  let square = 0;
  for (let j = 0; j < a.length; j++) square += (a[j] - b[j]) ** 2;
  return Math.sqrt(square);
}

function summed(values) {
  let sum = 0;
  return values.map((value) => (sum += value));
}

/** How long a code is, the root of the mean square. Codes are means of q, and shorter than draws of the prior, √D. */
export const normOfCodes = ({ count, mu }) => Math.sqrt(mu.reduce((sum, value) => sum + value * value, 0) / count);

/** The median distance from one code to the one nearest to it, over 200 of them: what "near" means for these codes. */
export function typicalGap({ count, mu }, D) {
  const stride = Math.max(1, Math.floor(count / 200));
  const gaps = [];
  for (let n = 0; n < count; n += stride) gaps.push(gapOf(mu, n, count, D));
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? NaN;
}

function gapOf(mu, own, count, D) {
  let best = Infinity;
  for (let n = 0; n < count; n++) {
    if (n === own) continue;
    let square = 0;
    for (let j = 0; j < D && square < best; j++) square += (mu[n * D + j] - mu[own * D + j]) ** 2;
    if (square < best) best = square;
  }
  return Math.sqrt(best);
}

const REST_MS = 350;

/**
 * The training pictures nearest to the frames, by pixels, and how many lie near: asked of the server once the frames rest
 * and the measurements are to be seen. `state.lacking` says what is missing where the server has no training pictures:
 * {words, megabytes, download}, download being the address to ask for them at, or null.
 * `state.training` is {linear: [{index, distance, near, picture}], ...} of the paths whose answer has come, with `gap`, how
 * far a training picture is from its nearest one, the median of `sampled`; or {problem}.
 */
export function createNearestTraining(store) {
  const { state } = store;
  const known = new WeakMap(); // frames -> their answer, so that another way does not ask for it again
  let aborter = null;
  const askSoon = debounce(ask, REST_MS);

  store.derive(["training"], ["paths", "trainingAnswer"], ({ training, trainingAnswer }, changed) => {
    if (!changed.has("paths") && trainingAnswer.problem) return { training: trainingAnswer };
    const { gap, sampled } = changed.has("trainingAnswer") ? trainingAnswer : (training ?? {});
    const answers = kindsOf(state).map((kind) => [kind, known.get(state.paths[kind].frames)]);
    return { training: { gap, sampled, ...Object.fromEntries(answers) } };
  });
  store.on(["info"], () => store.set({ lacking: state.info.lacking, downloading: false, downloadProblem: null }));
  store.on(["paths", "measuring", "lacking"], () => {
    aborter?.abort();
    if (missing().length) askSoon();
  });

  const missing = () => (state.measuring && !state.lacking ? readyKinds(state).filter((kind) => !known.has(state.paths[kind].frames)) : []);

  async function ask() {
    if (state.busy) return askSoon();
    const { info } = state;
    const asked = missing().map((kind) => state.paths[kind].frames);
    if (!asked.length) return;
    aborter = new AbortController();
    const { signal } = aborter;
    try {
      const found = await fetched(info, bytesOf(asked.flatMap((frames) => frames.pictures)), signal);
      split(found, asked).forEach((each, k) => known.set(asked[k], each));
      const [gap, sampled] = found.gap.data;
      if (state.info === info) store.set({ trainingAnswer: { gap, sampled } });
    } catch (error) {
      if (!signal.aborted) store.set({ trainingAnswer: { problem: error.message } });
    }
  }

  /** Have the server download the training pictures. */
  async function download() {
    const { info } = state;
    store.set({ downloading: true, downloadProblem: null });
    let downloadProblem = "The download did not succeed: the connection to the server failed.";
    try {
      const response = await fetch(new URL(state.lacking.download, document.baseURI), { method: "POST" });
      downloadProblem = response.ok ? null : await response.text();
    } catch {
      // as it says already
    }
    if (info !== state.info) return;
    store.set({ downloading: false, downloadProblem, lacking: downloadProblem ? state.lacking : null });
  }
  return { download, stop: () => (askSoon.cancel(), aborter?.abort()) };
}

function bytesOf(pictures) {
  const P = pictures[0].length;
  const bytes = new Uint8ClampedArray(pictures.length * P);
  pictures.forEach((picture, k) => picture.forEach((value, i) => (bytes[k * P + i] = 255 * value)));
  return bytes;
}

async function fetched({ training }, body, signal) {
  const response = await fetch(new URL(training, document.baseURI), { method: "POST", body, signal });
  if (!response.ok) throw new Error(response.status < 500 ? await response.text() : `The training pictures could not be looked through: the server answered ${response.status}.`);
  return parseSafetensors(await response.arrayBuffer()).tensors;
}

/** One list of answers for each of the paths that were asked for. */
function split({ index, distance, near, pictures }, asked) {
  const P = pictures.shape[1];
  let at = 0;
  const take = () => {
    const k = at++;
    return { index: index.data[k], distance: distance.data[k], near: near.data[k], picture: pictures.data.subarray(k * P, (k + 1) * P) };
  };
  return asked.map((frames) => frames.z.map(take));
}
