/**
 * A shipped RBM of 784 pixels: its 16 hidden units have 65,536 states, so log Z is one sum, and log p of any picture is exact:
 * of each test picture, and of every picture that a chain comes by on its way from there.
 */

import { fetchBinary } from "../../engine/fetch.js";
import { createRandom } from "../../engine/random.js";
import { parseSafetensors } from "../../engine/safetensors.js";
import { button, h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { createPicture } from "../../shared/picture.js";
import { createPlayButton } from "../../shared/play_button.js";
import { logWeight, sweep } from "../engine/rbm.js";
import { fetchWhenOpened } from "../fetch_when_opened.js";

const SIDE = 28;
const SHAPE = [1, SIDE, SIDE];
const SWEEPS_A_SECOND = 10;

/** @returns {{model: import("../engine/rbm.js").Rbm, logZ: number, pictures: Float64Array[]}} */
async function fetchScored({ models, pictures, log_partition: logZ }) {
  const read = async (address, what) => parseSafetensors(await fetchBinary(address, what)).tensors;
  const [{ W, b, c }, { x }] = await Promise.all([read(models.rbm, "the Boltzmann machine"), read(pictures, "the pictures")]);
  const [V, H] = W.shape;
  const model = { V, H, W: Float64Array.from(W.data), b: Float64Array.from(b.data), c: Float64Array.from(c.data) };
  return { model, logZ, pictures: Array.from({ length: x.data.length / V }, (_, n) => Float64Array.from(x.data.subarray(n * V, (n + 1) * V))) };
}

export function createTestPictures(store) {
  const { state } = store;
  fetchWhenOpened(store, "boltzmann", "scored", fetchScored);
  const now = createPicture("The picture that the chain is at", { "data-testid": "scored-now" });
  const cells = h("div.cells.scored");
  const partition = h("strong", { "data-testid": "log-partition" });
  const words = h("p", { "data-testid": "scored-words", "aria-live": "off" });
  const problem = h("p.message", { role: "alert", hidden: true });
  const { element: play, show } = createPlayButton("Let this chain walk", () => store.set({ leaving: !state.leaving }));
  const back = button("Back to the picture", () => begin());
  const element = h("section.scored-pictures", { "aria-label": "Test pictures" }, h("h2", {}, "784 pixels, and log p is still exact"),
    h("p.note", {}, "An RBM with 16 hidden units, trained on Fashion-MNIST in black and white. Its hidden units have 65,536 states, so log Z = ", partition, " is one sum. Below each test picture: its log p in nats. Press one and let the chain walk: log p of each picture that it comes by is as exact."),
    problem,
    h("div.chain-row", {}, h("div.now", {}, now.canvas), cells),
    h("div.row", {}, play, back, words));
  let [timer, sweeps] = [0, 0];
  let random, v;

  const chosen = () => Math.max(1, state.picture) - 1; // 0 is a drawn picture, which another chapter has
  const logProb = (picture) => logWeight(state.scored.model, picture) - state.scored.logZ;

  function begin() {
    if (!state.scored) return;
    random = createRandom(chosen());
    v = state.scored.pictures[chosen()].slice();
    sweeps = 0;
    store.set({ leaving: false });
    tell();
  }

  function tell() {
    now.show(Float32Array.from(v), SHAPE);
    const there = `log p = ${fixed(logProb(v), 1)} nats`;
    setText(words, sweeps ? `After ${count(sweeps)} sweep${sweeps === 1 ? "" : "s"} the chain is at a picture with ${there}.` : `Test picture ${chosen() + 1}: ${there}, exact.`);
  }

  function tick() {
    timer = 0;
    if (!state.leaving || state.chapter !== "boltzmann") return;
    sweep(state.scored.model, v, random);
    sweeps += 1;
    tell();
    timer = setTimeout(() => requestAnimationFrame(tick), 1000 / SWEEPS_A_SECOND);
  }

  store.on(["scored", "scoredError"], () => {
    problem.hidden = !state.scoredError;
    setText(problem, state.scoredError ? `${state.scoredError} Reload the page to try again.` : "");
    if (!state.scored) return;
    setText(partition, fixed(state.scored.logZ, 2));
    cells.replaceChildren(...state.scored.pictures.map((picture, n) => {
      const small = createPicture(`Test picture ${n + 1}`);
      small.show(Float32Array.from(picture), SHAPE);
      return h("button.sample", { type: "button", onclick: () => store.set({ picture: n + 1 }) }, small.canvas, fixed(logProb(picture), 1));
    }));
  });
  store.on(["scored", "picture"], () => {
    [...cells.children].forEach((cell, n) => cell.setAttribute("aria-pressed", String(n === chosen())));
    begin();
  });
  store.on(["leaving", "chapter"], () => {
    show(!!state.leaving);
    if (state.leaving && state.scored && !timer) tick();
  });
  return { element, stop: () => clearTimeout(timer) };
}
