/** Small pictures: the data with what the model and a chain make of each, and the weights of each hidden unit. */

import { h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { createPicture } from "../../shared/picture.js";
import { COUNT, DATA, SIDE, engineOf } from "./training.js";

const P = SIDE ** 2;
export const SHAPE = [1, SIDE, SIDE];
export const patternAt = (n) => Float32Array.from(DATA.subarray(n * P, (n + 1) * P));

/** Every bar and stripe: the probability that the model gives it, and how often the chain was there. */
export function createPatterns(store) {
  const { state } = store;
  const cells = Array.from({ length: COUNT }, (_, n) => createCell(n));
  const rest = h("p.note");
  const element = h("section.patterns", { "aria-label": "The data" },
    h("h2", {}, "The 14 bars and stripes"), h("p.note", {}, "Bar: the model's p(v), exact; a perfect model reaches the line, 1/14. Number: how often the chain was here."),
    h("div.cells", {}, ...cells.map((cell) => cell.element)), rest);

  store.on(["shown", "visits"], () => {
    if (!state.shown) return;
    const logs = engineOf(state).logProb(state.shown.model, DATA);
    const { counts = [], sweeps = 0 } = state.visits ?? {};
    cells.forEach((cell, n) => cell.show(Math.exp(logs[n]), counts[n] ?? 0));
    const total = logs.reduce((sum, value) => sum + Math.exp(value), 0);
    const elsewhere = sweeps - counts.reduce((sum, each) => sum + each, 0);
    setText(rest, `All other pictures together: ${fixed(100 * (1 - total), 1)} %${sweeps ? `; the chain was there in ${elsewhere} of ${sweeps} sweeps` : ""}.`);
  });
  return { element };
}

function createCell(n) {
  const picture = createPicture(`Picture ${n + 1}`);
  picture.show(patternAt(n), SHAPE);
  const bar = h("span.p", { "aria-hidden": "true" });
  const visits = h("span.visits");
  const words = h("span.unseen");
  function show(p, count) {
    bar.style.setProperty("--share", Math.min(1, (p * COUNT) / 2)); // the line, 1/14, stands in the middle
    setText(visits, count ? String(count) : "–");
    setText(words, `p = ${fixed(p, 3)}`);
  }
  return { element: h("div.cell-of", {}, picture.canvas, h("span.bar-of-p", {}, bar), visits, words), show };
}

/** The weights of each hidden unit as a picture: light for above zero, dark for below, to one scale. */
export function createWeights(store) {
  const { state } = store;
  const list = h("div.cells.weights");
  const scale = h("span.unit");
  const element = h("section.unit-weights", { "aria-label": "Weights" }, h("h2", {}, "What each hidden unit looks for"),
    h("p.note", {}, "White: the unit is on where the pixel is on. Black: it is on where the pixel is off. ", scale), list);
  let pictures = [];

  store.on(["shown"], () => {
    if (!state.shown) return;
    const { H, W } = state.shown.model;
    if (pictures.length !== H) {
      pictures = Array.from({ length: H }, (_, j) => createPicture(`Weights of hidden unit ${j + 1}`));
      list.replaceChildren(...pictures.map(({ canvas }) => canvas));
    }
    const most = W.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 1e-9);
    pictures.forEach((picture, j) => picture.show(Float32Array.from({ length: P }, (_, i) => 0.5 + (0.5 * W[i * H + j]) / most), SHAPE));
    setText(scale, `The largest weight is ${fixed(most, 1)}.`);
  });
  return { element };
}
