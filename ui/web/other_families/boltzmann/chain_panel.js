/** One Gibbs chain of the model, sweep by sweep: where it is, where it was, and which of the data it has visited. */

import { createRandom, nextSeed } from "../../engine/random.js";
import { button, h, setText } from "../../shared/dom.js";
import { count } from "../../shared/format.js";
import { createPicture } from "../../shared/picture.js";
import { createPlayButton } from "../../shared/play_button.js";
import { numberOf } from "../engine/binary_states.js";
import { SHAPE } from "./pictures.js";
import { COUNT, DATA, SIDE, engineOf } from "./training.js";

const P = SIDE ** 2;
const TRAIL = 24; // pictures of the trail
const SWEEPS_A_SECOND = 20;
const NUMBERS = new Map(Array.from({ length: COUNT }, (_, n) => [numberOf(DATA, n * P, P), n]));

export function createChain(store) {
  const { state } = store;
  const now = createPicture("The chain's picture now");
  const trail = Array.from({ length: TRAIL }, () => createPicture(""));
  for (const { canvas } of trail) canvas.setAttribute("aria-hidden", "true");
  const words = h("p", { "data-testid": "chain-words" });
  const { element: play, show } = createPlayButton("Let the chain walk", () => store.set({ walking: !state.walking }));
  const step = button("One sweep", () => (go(), tell()));
  const many = button("1,000 sweeps", () => (go(1000), tell()));
  const anew = button("Start anew", () => (begin(nextSeed(seed)), tell()));
  const element = h("section.chain", { "aria-label": "A chain of the model" }, h("h2", {}, "A chain walks through the model"),
    h("div.chain-row", {}, h("div.now", {}, now.canvas), h("div.trail", { "aria-hidden": "true" }, ...trail.map(({ canvas }) => canvas))),
    h("div.row", {}, play, step, many, anew), words);
  let [seed, timer] = [0, 0];
  let random, side, sweeps, moves, counts, pictures; // side: v of an RBM, h of a DBM

  function begin(with_) {
    seed = with_;
    random = createRandom(seed);
    const first = Math.floor(random.uniform() * COUNT);
    side = state.machine === "dbm" ? new Float64Array(state.shown.model.H) : DATA.slice(first * P, (first + 1) * P);
    [sweeps, moves, counts, pictures] = [0, 0, Array(COUNT).fill(0), []];
    if (state.machine === "rbm") pictures.push(side.slice());
  }

  function go(many = 1) {
    const engine = engineOf(state);
    for (let k = 0; k < many; k++) {
      const between = engine.sweep(state.shown.model, side, random);
      const v = state.machine === "dbm" ? between : side.slice();
      sweeps += 1;
      const last = pictures.at(-1);
      moves += last && v.some((pixel, i) => pixel !== last[i]) ? 1 : 0;
      pictures.push(v);
      if (pictures.length > TRAIL) pictures.shift();
      const known = NUMBERS.get(numberOf(v, 0, P));
      if (known !== undefined) counts[known] += 1;
    }
  }

  function tell() {
    const picture = pictures.at(-1);
    if (picture) now.show(Float32Array.from(picture), SHAPE);
    else now.clear();
    trail.forEach((each, n) => {
      const past = pictures[pictures.length - 1 - n];
      if (past) each.show(Float32Array.from(past), SHAPE);
      else each.clear();
    });
    const visited = counts.filter(Boolean).length;
    setText(words, sweeps ? `${count(sweeps)} sweeps, ${count(moves)} of them to another picture; ${visited} of the 14 visited.` : "Let it walk, and see whether it gets around.");
    store.set({ visits: { counts: counts.slice(), sweeps } });
  }

  function tick() {
    timer = 0;
    if (!state.walking || state.chapter !== "boltzmann") return;
    go();
    tell();
    timer = setTimeout(() => requestAnimationFrame(tick), 1000 / SWEEPS_A_SECOND);
  }

  store.on(["trainer", "machine"], () => {
    if (!state.shown) return;
    begin(seed);
    tell();
  });
  store.on(["walking", "chapter", "shown"], () => {
    show(!!state.walking);
    if (state.walking && state.shown && !timer) tick();
  });
  return { element, stop: () => clearTimeout(timer) };
}
