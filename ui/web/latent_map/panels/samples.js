/** Prior or posterior: twelve draws of z, decoded, numbered as on the plane. */

import { button, h, setText } from "../../shared/dom.js";
import { vector } from "../../shared/format.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createPicture } from "../../shared/picture.js";
import { STRIP } from "../derived_state.js";

const TEXT = {
  prior: "Decoded samples of the prior p(z) = N(0, I): what the model draws without looking at any x.",
  posterior: "Decoded samples of q(z|x). How much they differ shows how uncertain the encoder is.",
  nothing: "There is no x yet. Choose one by a click on a point, or draw from the prior.",
};

export function createSamples(store, session) {
  const { state } = store;
  const note = h("p.note");
  const seed = h("span.unit");
  const choices = Object.fromEntries(["prior", "posterior"].map((name) =>
    [name, h("input", { type: "radio", name: "source", value: name, onchange: () => store.set({ source: name }) })]));
  const again = button("Draw again", () => session.drawAgain());
  const strip = Array.from({ length: STRIP }, (_, n) => createSample(store, n));
  const list = h("div.strip", { role: "group", "aria-label": "Decoded draws" }, ...strip.map((sample) => sample.element));
  const element = h("section.panel.samples", { "aria-label": "Draws from the prior or the posterior" },
    h("header", {}, h("h2", {}, "Draw z from"),
      h("div.switch", { role: "radiogroup", "aria-label": "Draw z from" },
        h("label", {}, choices.prior, h("span", {}, "prior p(z)")),
        h("label", {}, choices.posterior, h("span", {}, "posterior q(z|x)"))),
      again, seed),
    note, list, createExplanations(store, ["samples"]));

  store.on(["source", "q", "seed", "model", "busy"], () => {
    choices[state.source].checked = true;
    const draws = state.draws ?? [];
    setText(note, state.source === "posterior" && !state.q ? TEXT.nothing : TEXT[state.source]);
    setText(seed, draws.length ? `seed ${state.seed}` : "");
    again.disabled = draws.length === 0;
    list.hidden = draws.length === 0;
    if (state.busy || !state.model) return; // while x is being drawn the strip waits
    strip.forEach((sample, n) => draws[n] && sample.show(draws[n]));
  });
  return { element };
}

function createSample(store, n) {
  const { state } = store;
  const picture = createPicture("");
  let z = null;
  const element = button(picture.canvas, () => z && store.set({ z, touched: true }), { class: "sample" });
  picture.canvas.removeAttribute("role");
  picture.canvas.removeAttribute("aria-label");
  picture.canvas.setAttribute("aria-hidden", "true");
  element.append(h("span", { "aria-hidden": "true" }, String(n + 1)));
  function show(draw) {
    z = draw;
    picture.show(state.model.decode(z), state.model.imageShape);
    element.setAttribute("aria-label", `Draw ${n + 1}: move z to ${vector(z)}`);
  }
  return { element, show };
}
