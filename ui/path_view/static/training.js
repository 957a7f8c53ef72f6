/** The training pictures nearest to the frames, by pixels: asked of the server once the frames rest. */

import { debounce } from "../../latent_pad/static/dom.js";
import { parse } from "../../latent_pad/static/engine/safetensors.js";
import { KINDS } from "./ways.js";

const REST_MS = 350;

/** `state.training` becomes {linear: [{index, distance, picture}], ...}, or {problem}, or null while it is asked for. */
export function createTraining(store) {
  const { state } = store;
  let aborter = null;
  const askSoon = debounce(ask, REST_MS);

  store.on(["ways"], () => {
    aborter?.abort();
    state.training = null;
    if (state.ways) askSoon();
  });

  async function ask() {
    if (state.busy) return askSoon();
    const { ways, info } = state;
    const kinds = KINDS.filter((kind) => ways?.[kind].frames);
    if (!kinds.length) return;
    aborter = new AbortController();
    const { signal } = aborter;
    const pictures = kinds.flatMap((kind) => ways[kind].frames.pictures);
    try {
      const found = await fetched(info, bytesOf(pictures), signal);
      if (state.ways === ways) store.set({ training: split(found, kinds, ways) });
    } catch (error) {
      if (!signal.aborted) store.set({ training: { problem: error.message } });
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
  return parse(await response.arrayBuffer()).tensors;
}

function split({ index, distance, pictures }, kinds, ways) {
  const P = pictures.shape[1];
  let at = 0;
  const take = () => {
    const k = at++;
    return { index: index.data[k], distance: distance.data[k], picture: pictures.data.subarray(k * P, (k + 1) * P) };
  };
  return Object.fromEntries(kinds.map((kind) => [kind, ways[kind].frames.z.map(take)]));
}
