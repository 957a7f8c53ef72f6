/** Walks of two strokes: of noise and denoising between two modes, and of a decoder and an encoder. */

import { h } from "../../shared/dom.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createMixtureWalk } from "./mixture_walk.js";

export function createWalk(store) {
  const mixture = createMixtureWalk(store);
  const element = h("div.chapter.gsn", { hidden: true }, h("div.families-layout", {},
    h("section.column.walk", { "aria-label": "The walk" }, h("h2", {}, "Add noise, take it away, and again"), ...mixture.left),
    h("section.column.noise", { "aria-label": "Noise and memory" }, ...mixture.right, createExplanations(store, ["gsn"]))));
  return { element, stop: mixture.stop };
}
