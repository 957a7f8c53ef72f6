/**
 * The test pictures nearest to x by its code and by its pixels, side by side; without an x, those nearest to z and to the
 * picture that it decodes to. Codes are compared here, pictures by the server, which has all of them.
 */

import { debounce, h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { nearestFew } from "../../shared/nearest.js";
import { createThumbnailRow, imageName } from "../thumbnails.js";

const K = 8;
const KEPT = 64; // answers of the server

/** @param {() => boolean} open  whether anybody looks */
export function createNeighbours(store, session, open) {
  const { state } = store;
  const title = h("h2", {}, "Neighbours");
  const words = h("p", { role: "status", "data-testid": "near-words" });
  const rows = { code: createThumbnailRow(store, session, K, { "data-testid": "near-code" }), pixels: createThumbnailRow(store, session, K, { "data-testid": "near-pixels" }) };
  const column = (name, head, unit) => h("div.near-column", { role: "group", "aria-label": head }, h("h3", {}, head, h("span.unit", {}, unit)), rows[name].element);
  const pixels = column("pixels", "Nearest by pixels", " root of the mean squared difference");
  const element = h("section.part", { "aria-label": "Neighbours" }, title, words,
    h("div.near-columns", {}, column("code", "Nearest by code", " distance of means, in z"), pixels));
  const answers = new Map();
  let turn = 0;

  async function look() {
    const { codes, model, z, q, x, drawing, input } = state;
    if (!open() || !codes || !model || !z) return;
    if (state.busy) return soon();
    const mine = ++turn;
    const chosen = q && input ? { code: q.mu, picture: input } : null;
    if ((x !== null || drawing) && !chosen) return; // its posterior is on the way
    const { code, picture } = chosen ?? { code: z, picture: model.decode(z) };
    const byCode = nearestFew(codes, model.latentDim, code, K, { skip: x ?? -1 });
    setText(title, titleOf(state));
    rows.code.show(byCode.map(({ index, square }) => ({ index, words: fixed(Math.sqrt(square)) })));
    if (!state.info.near) return; // there is no server
    const bytes = Uint8Array.from(picture, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
    try {
      const found = (await ask(state.info.near, bytes)).filter(({ index }) => index !== x).slice(0, K);
      if (mine !== turn) return;
      rows.pixels.show(found.map(({ index, distance }) => ({ index, words: fixed(distance, 3) })));
      const both = found.filter(({ index }) => byCode.some((other) => other.index === index)).length;
      setText(words, `${both} of these ${byCode.length} ${both === 1 ? "is" : "are"} in both lists.`);
    } catch (error) {
      if (mine !== turn) return;
      rows.pixels.show([]);
      setText(words, error.message);
    }
  }
  const soon = debounce(look, 200);

  async function ask(address, bytes) {
    const key = address + bytes.join();
    if (!answers.has(key)) {
      answers.set(key, fetchNear(address, bytes));
      answers.get(key).catch(() => answers.delete(key));
      if (answers.size > KEPT) answers.delete(answers.keys().next().value);
    }
    return answers.get(key);
  }

  store.on(["info"], () => (pixels.hidden = !state.info?.near));
  store.on(["z", "q", "input", "x", "drawing", "codes", "model", "finding"], () => open() && soon());
  return { element, stop: soon.cancel };
}

async function fetchNear(address, bytes) {
  let response = null;
  try {
    response = await fetch(new URL(address, document.baseURI), { method: "POST", body: bytes });
    if (response.ok) return await response.json();
  } catch (error) {
    throw new Error("The nearest pictures could not be asked for: the connection to the server failed. Choose again to try once more.", { cause: error });
  }
  throw new Error((await response.text()).slice(0, 300) || `The nearest pictures could not be asked for: the server answered ${response.status}.`);
}

function titleOf(state) {
  if (state.drawing) return "Neighbours of your drawing";
  if (state.x === null) return "Neighbours of z and of its decoded picture";
  const name = imageName(state, state.x);
  return state.info.classes.length ? `Neighbours of ${name}, ${state.info.split} image ${state.x}` : `Neighbours of ${name}`;
}
