/**
 * Choosing x: a test image or a drawing, its posterior from the encoder, z at a start for it, the mean unless told otherwise; and the buttons that step
 * through the images.
 */

import { toUnit } from "../engine/images.js";
import { createRandom } from "../engine/random.js";
import { button, h, iconButton, select } from "./dom.js";

/**
 * @param {import("./store.js").Store} store
 * @param {() => void} [encoded]  called when x has been encoded
 * @param {(mu: Float32Array) => number[]} [startOf]  where z goes with a new x, from the mean of its posterior
 */
export function createXSelector(store, encoded = () => {}, startOf = Array.from) {
  const { state } = store;
  let request = 0; // the latest choice of x; answers to older ones are dropped

  /** Choose image `index`; z goes to the start for it. */
  async function chooseImage(index, { moveZ = true } = {}) {
    const { codes, model } = state;
    const mine = ++request;
    const D = model.latentDim;
    const code = codes && { mu: codes.mu.slice(index * D, (index + 1) * D), logvar: codes.logvar.slice(index * D, (index + 1) * D) };
    store.set({ x: index, drawing: null, input: null, q: code, terms: null, xError: null });
    if (moveZ && code) store.set({ z: startOf(code.mu) });
    const before = state.z;
    try {
      const [bytes] = await Promise.all([state.images.load(index), model.ensureEncoder()]);
      if (mine !== request || model !== state.model) return;
      encode(toUnit(bytes, new Float32Array(model.pixels)), moveZ && state.z === before);
    } catch (error) {
      if (mine === request && error.name !== "AbortError") store.set({ xError: error.message });
    }
  }

  /** Take a drawing, [C*H*W] in [0, 1], as x. Asks for the encoder where it is not there yet. */
  async function chooseDrawing(values, { moveZ = true } = {}) {
    const { model } = state;
    const mine = ++request;
    store.set({ drawing: values, x: null, xError: null, ...(state.x !== null && { q: null, input: null, terms: null }) });
    try {
      if (!model.encoderReady()) await model.ensureEncoder();
      if (mine === request && model === state.model) encode(asInput(values, model.likelihood.kind), moveZ);
    } catch (error) {
      if (mine === request && error.name !== "AbortError") store.set({ xError: error.message });
    }
  }

  function encode(input, moveZ) {
    const { mu, logvar } = state.model.encode(input);
    const q = { mu: mu.slice(), logvar: logvar.slice() };
    store.set({ input, q, terms: null, ...(moveZ && { z: startOf(q.mu) }) });
    encoded();
  }

  function clear() {
    request++;
    store.set({ x: null, drawing: null, input: null, q: null, terms: null, xError: null });
  }

  return { chooseImage, chooseDrawing, clear };
}

/** What the encoder is given of a drawing: black and white for a Bernoulli model, the 16 levels otherwise. */
export const asInput = (values, kind) => values.map(kind === "bernoulli" ? (v) => (v >= 0.5 ? 1 : 0) : (v) => v);

const BACK = "M12 5l-5 5 5 5";
const ON = "M8 5l5 5-5 5";

/**
 * Previous, next, random, and one of a class. The choices follow a fixed sequence; the link holds the image.
 * @param {() => Uint8Array | undefined} labels  the class of each image, once it is known
 */
export function createImagePicker(store, session, labels) {
  const { state } = store;
  const random = createRandom(1);
  const step = (by) => session.chooseImage(((state.x ?? (by > 0 ? -1 : 0)) + by + state.info.count) % state.info.count);
  const any = () => session.chooseImage(Math.floor(random.uniform() * state.info.count));
  const kinds = select("Class", [], () => oneOf());
  const one = button("One of this class", () => oneOf());
  const classes = h("div.row.kinds", {}, kinds.element, one);

  function oneOf() {
    const wanted = Number(kinds.list.value);
    const found = [];
    labels()?.forEach((label, n) => label === wanted && found.push(n));
    if (found.length) session.chooseImage(found[Math.floor(random.uniform() * found.length)]);
  }

  store.on(["info"], () => {
    classes.hidden = state.info.classes.length === 0;
    kinds.list.replaceChildren(...state.info.classes.map((name, k) => h("option", { value: k }, name)));
  });
  store.on(["x"], () => {
    const label = labels();
    if (state.x !== null && label) kinds.list.value = label[state.x];
  });
  return h("div.row.picker", {},
    iconButton(BACK, "Previous image", () => step(-1)),
    iconButton(ON, "Next image", () => step(1)),
    button("Random", any, { "aria-label": "Choose a random image" }),
    classes);
}
