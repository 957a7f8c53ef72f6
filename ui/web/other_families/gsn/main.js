/** Walks of two strokes: of noise and denoising between two modes, and of the decoder and encoder of a VAE. */

import { button, h } from "../../shared/dom.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createMixtureWalk } from "./mixture_walk.js";
import { createVaeWalk } from "./vae_walk.js";

const WALKS = { mixture: ["Two modes: noise, denoise", createMixtureWalk], vae: ["A VAE: decode, encode", createVaeWalk] };
const TITLES = { mixture: "Add noise, take it away, and again", vae: "Draw x from p(x|z), draw z from q(z|x), and again" };

export function createWalk(store) {
  const { state } = store;
  const chips = Object.entries(WALKS).map(([name, [words]]) => button(words, () => store.set({ walk_of: name }), { class: "chip", "data-walk": name }));
  const walks = Object.entries(WALKS).map(([name, [, create]]) => {
    const { left, right, below, stop } = create(store);
    const element = h("div.families-layout", {},
      h("section.column.walk", { "aria-label": "The walk" }, h("h2", {}, TITLES[name]), ...left),
      h("div.column", {}, h("section.column.noise", { "aria-label": "Its memory" }, ...right), below, createExplanations(store, ["gsn"])));
    return { name, element, stop };
  });
  store.on(["walk_of"], () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.walk === state.walk_of));
    for (const { name, element } of walks) element.hidden = name !== state.walk_of;
    store.set({ sized: {} });
  });
  const element = h("div.chapter.gsn", { hidden: true },
    h("div.row.choice", {}, h("div.chips", { role: "group", "aria-label": "Walk" }, ...chips),
      h("p.lesson-of-walks", {}, "The sharper the decoder, the slower the chain, and ", h("strong", {}, "a VAE needs no chain"), ": z ~ p(z) is one draw.")),
    ...walks.map((walk) => walk.element));
  return { element, stop: () => walks.forEach(({ stop }) => stop()) };
}
