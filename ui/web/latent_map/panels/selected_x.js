/** The chosen x: what it is, its reconstruction, a draw from q, and the numbers. */

import { button, h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { createDrawingCanvas } from "../../shared/panels/drawing_canvas.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createPicture } from "../../shared/picture.js";
import { createImagePicker } from "../../shared/select_x.js";
import { DRAWS, ELBO_SEED } from "../derived_state.js";
import { imageName } from "../thumbnails.js";
import { createMiniMap } from "./mini_map.js";
import { createPosteriorModes } from "./posterior_modes.js";

const NOTHING = "One image and its posterior";

/** @param {HTMLCanvasElement} map  the canvas of the map */
export function createSelectedX(store, session, map) {
  const { state } = store;
  const title = h("h2", {}, NOTHING);
  const clear = button("Clear", () => session.clear(), { class: "quiet", "aria-label": "Clear the chosen image" });
  const easel = createDrawingCanvas(store, session);
  const convention = h("p.convention");
  const message = h("p.message", { role: "alert", hidden: true });
  const empty = h("p.note", {}, "Click a point, choose here, or draw. The plane then shows where the encoder puts x: "
    + "q(z|x), as ellipses at 1 and 2 standard deviations, to the scale of the axes.");
  const again = button("Again", () => session.drawAgain("posterior"), { "aria-label": "Draw z from q(z|x) again", title: "Draw z from q(z|x) again" });
  const pictures = createPictures(store, easel, again, createMiniMap(store, map));
  const modes = createPosteriorModes(store);
  const folds = createExplanations(store, ["posterior"]);
  const element = h("section.panel.chosen", { "aria-label": "The chosen image" },
    h("header", {}, title, clear), createImagePicker(store, session, () => state.codes?.label), message,
    h("div.halves", {},
      h("div.half", {}, pictures.element, easel.tools, easel.note),
      h("div.half", {}, empty, convention, modes.element, folds)));

  store.on(["x", "drawing", "codes", "info", "xError"], () => {
    const chosen = state.x !== null || state.drawing !== null;
    empty.hidden = chosen;
    convention.hidden = !chosen;
    if (chosen && state.info) setText(convention, conventionOf(state));
    again.disabled = !chosen;
    clear.style.visibility = chosen ? "" : "hidden";
    setText(title, chosen ? titleOf(state) : NOTHING);
    message.hidden = !state.xError;
    setText(message, state.xError ? `${state.xError} Choose it again to try once more.` : "");
  });
  return { element, stop: modes.stop };
}

function titleOf(state) {
  if (state.drawing) return "Your drawing";
  const { codes, info, x } = state;
  const name = codes && info.classes.length ? `${imageName(state, x)}, ${info.split} image ${x}` : imageName(state, x);
  return name[0].toUpperCase() + name.slice(1);
}

function createPictures(store, easel, again, miniMap) {
  const { state } = store;
  const mean = createPicture("Reconstruction from the mean of q");
  const draw = createPicture("Decoded draw from q");
  const drawText = h("span");
  const inputText = h("span");
  const figure = (content, head, text) => h("figure", {}, content, h("figcaption", {}, h("strong", {}, head), text));
  const element = h("div.triple", {},
    figure(easel.canvas, "x", inputText),
    h("div.pair", {},
      figure(mean.canvas, "reconstruction", h("span", {}, "z = mean of q")),
      figure(draw.canvas, "draw", drawText),
      again,
      miniMap.element));

  store.on(["q", "seed", "model", "x", "drawing"], () => {
    const { model, q } = state;
    if (!model || !q) return [mean, draw].forEach((picture) => picture.clear());
    mean.show(model.decode(q.mu), model.imageShape);
    draw.show(model.decode(state.posteriorDraw), model.imageShape);
  });
  store.on(["x", "drawing", "seed", "info"], () => {
    setText(drawText, `z ~ q, seed ${state.seed}`);
    const what = state.drawing ? "your drawing" : "the input";
    const colours = state.info?.likelihood.kind === "bernoulli" ? ", black or white" : "";
    setText(inputText, state.x === null && !state.drawing ? "nothing yet" : what + colours);
  });
  return { element };
}

/** What the numbers mean: data, split, binarisation, likelihood, draws and seed. */
export function conventionOf({ info, x, drawing }) {
  const { likelihood, binarize } = info;
  const how = {
    none: "values as they are",
    threshold: "binarised at 0.5",
    dynamic: `binarised by one Bernoulli draw a pixel, seed ${binarize.seed}`,
  }[binarize.how];
  const what = drawing
    ? `Your drawing, ${likelihood.kind === "bernoulli" ? "thresholded at 0.5" : "16 levels"}`
    : `${info.data_title}, ${info.split} image ${x}, ${how}`;
  const model = likelihood.kind === "bernoulli"
    ? "p(x|z) Bernoulli"
    : `p(x|z) Gaussian, σ = ${fixed(likelihood.sigma, 3)}, a density on all reals, white = 1`;
  return `${what}. ${model}, summed over pixels. Rate in closed form; distortion from ${DRAWS} draws, seed ${ELBO_SEED}, ± one standard error.`;
}
