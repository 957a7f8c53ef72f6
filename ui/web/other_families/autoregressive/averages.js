/** Two ways to average over orders, on pictures so small that p can be summed over all of them. */

import { h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { SMALL_MADE, createTrainingControls } from "../training_controls.js";
import { createSmallTrainer } from "./training.js";

const ROWS = { order: "one order", probabilities: "mean of the probabilities, 6 orders", logits: "mean of the logits, 6 orders" };
const BEST = -Math.log(14);

export function createAverages(store) {
  const { state } = store;
  store.derive(["scribe"], ["small", "pace_small", "seed", "small_anew", "info"], () => ({ scribe: state.info ? createSmallTrainer(state) : null }));
  const controls = createTrainingControls(store, SMALL_MADE, {
    label: "Training of the small model", testid: "small-", names: { small: "orders", pace_small: "learning rate" },
    words: { small: { one: "one, by rows", any: "any, a new one each step" } },
  });
  const cells = Object.fromEntries(Object.keys(ROWS).map((name) => [name, ["all", "data"].map((what) => h("td", { "data-testid": `${name}-${what}` }))]));
  const table = h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "p(x) by"), h("th", { scope: "col" }, "summed over all 512 pictures"), h("th", { scope: "col" }, "mean log p of the 14, nats"))),
    h("tbody", {}, ...Object.entries(ROWS).map(([name, words]) => h("tr", {}, h("th", { scope: "row" }, words), ...cells[name]))));
  const words = h("p", { "data-testid": "average-words" });
  const element = h("section.averages", { "aria-label": "Averages over orders" }, h("h2", {}, "Average probabilities, not logits"),
    h("p.note", {}, "The 14 bars and stripes of 3 × 3 pixels, 64 hidden units. A model that takes any order has many answers to what p(x) is. Their mean is again a likelihood. The mean of the logits is not: its sum over all pictures is not 1."),
    controls.element, table, words);
  store.on(["scribe", "small_moved"], () => {
    const sums = state.scribe?.sums;
    if (!sums) return;
    for (const [name, [all, data]] of Object.entries(cells)) {
      setText(all, fixed(sums[name].all, 3));
      setText(data, fixed(sums[name].data, 3));
    }
    setText(words, sums.logits.data > BEST ? `No model can give the 14 pictures more than −ln 14 = ${fixed(BEST, 3)} on average. The mean of the logits claims ${fixed(sums.logits.data, 3)}: it is no likelihood.` : "Train the model on any order, and compare the last two lines.");
  });
  return { element, stop: controls.stop };
}
