/** The training pictures nearest to the frames, by pixels, and how many lie near: asked of the server once the frames rest. */

import { parseSafetensors } from "../engine/safetensors.js";
import { debounce } from "../shared/dom.js";
import { kindsOf, readyKinds } from "./interpolation.js";

const REST_MS = 350;

/**
 * `state.training` is {linear: [{index, distance, near, picture}], ...} of the ways whose answer has come, with `gap`, how
 * far a training picture is from its nearest one, the median of `sampled`; or {problem}.
 */
export function createNearestTraining(store) {
  const { state } = store;
  const known = new WeakMap(); // frames -> their answer, so that another way does not ask for it again
  let aborter = null;
  const askSoon = debounce(ask, REST_MS);

  store.derive(["training"], ["ways", "trainingAnswer"], ({ training, trainingAnswer }, changed) => {
    if (!changed.has("ways") && trainingAnswer.problem) return { training: trainingAnswer };
    const { gap, sampled } = changed.has("trainingAnswer") ? trainingAnswer : (training ?? {});
    const answers = kindsOf(state).map((kind) => [kind, known.get(state.ways[kind].frames)]);
    return { training: { gap, sampled, ...Object.fromEntries(answers) } };
  });
  store.on(["ways"], () => {
    aborter?.abort();
    if (missing().length) askSoon();
  });

  const missing = () => readyKinds(state).filter((kind) => !known.has(state.ways[kind].frames));

  async function ask() {
    if (state.busy) return askSoon();
    const { info } = state;
    const asked = missing().map((kind) => state.ways[kind].frames);
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
  return { stop: () => (askSoon.cancel(), aborter?.abort()) };
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

/** One list of answers for each of the ways that were asked for. */
function split({ index, distance, near, pictures }, asked) {
  const P = pictures.shape[1];
  let at = 0;
  const take = () => {
    const k = at++;
    return { index: index.data[k], distance: distance.data[k], near: near.data[k], picture: pictures.data.subarray(k * P, (k + 1) * P) };
  };
  return asked.map((frames) => frames.z.map(take));
}
