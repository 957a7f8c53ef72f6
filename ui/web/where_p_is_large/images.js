/** x, which can be drawn on, beside the mean and a sample of p(x|z) at z, and both log densities at z. */

import { createLikelihood } from "../engine/likelihood.js";
import { createRandom } from "../engine/random.js";
import { h, setText } from "../shared/dom.js";
import { fixed, vector } from "../shared/format.js";
import { createDrawingCanvas } from "../shared/panels/drawing_canvas.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { createPicture } from "../shared/picture.js";
import { createImagePicker } from "../shared/select_x.js";

export function createImagePanel(store, session) {
  const { state } = store;
  const easel = createDrawingCanvas(store, session);
  const mean = createPicture("Mean of p(x|z) at z", { "data-testid": "mean" });
  const sample = createPicture("Sample of p(x|z) at z", { "data-testid": "sample" });
  const name = h("span");
  const message = h("p.message", { role: "alert", hidden: true });
  const figure = (content, head, text) => h("figure", {}, content, h("figcaption", {}, h("strong", {}, head), text));
  const element = h("section.here", { "aria-label": "x, and p(x|z) at z" },
    h("div.top", {},
      h("div.three", {},
        figure(easel.canvas, "x", name),
        figure(mean.canvas, "mean of p(x|z)", h("span", {}, "at z on the map")),
        figure(sample.canvas, "sample of p(x|z)", h("span", {}, "the same z"))),
      h("div.side", {}, createFacts(store), createImagePicker(store, session, () => state.labels))),
    message,
    h("div.foot", {},
      h("details.fold.drawing", {}, h("summary", {}, "Draw x yourself: on the picture above"), easel.tools, easel.note),
      createExplanations(store, ["likelihood"])));

  store.on(["here", "z", "sigma", "seed", "model", "input"], () => {
    const { here, model, info, sigma, seed } = state;
    if (!here) return [mean, sample].forEach((picture) => picture.clear());
    mean.show(here.mean, model.imageShape);
    const p = createLikelihood({ ...info.likelihood, sigma });
    sample.show(p.sampleInto(here.raw, createRandom(seed), new Float32Array(model.pixels)), model.imageShape);
  });
  store.on(["x", "drawing", "labels", "info", "xError"], () => {
    setText(name, state.info ? nameOf(state) : "");
    message.hidden = !state.xError;
    setText(message, state.xError ? `${state.xError} Choose it again to try once more.` : "");
  });
  return { element };
}

function nameOf({ drawing, labels, info, x }) {
  if (drawing) return "your drawing";
  const label = info.classes[labels?.[x]];
  return label ? `${label}, ${info.split} image ${x}` : `${info.split} image ${x}`;
}

function createFacts(store) {
  const { state } = store;
  const z = h("span.number", { "data-testid": "z" }, "–");
  const likelihood = h("span.number", { "data-testid": "log-px-z" }, "–");
  const prior = h("span.number", { "data-testid": "log-pz" }, "–");
  const row = (name, value, unit = " nats") => h("div", {}, h("dt", {}, name), h("dd", {}, value, unit && h("span.unit", {}, unit)));
  const element = h("dl.facts", {}, row("z", z, ""), row("log p(x|z)", likelihood), row("log p(z)", prior));
  store.on(["z", "sigma", "input", "model"], () => {
    const { here } = state;
    setText(z, here ? vector(here.z) : "–");
    setText(likelihood, here ? fixed(here.logPx) : "–");
    setText(prior, here ? fixed(here.logPrior) : "–");
  });
  return element;
}
