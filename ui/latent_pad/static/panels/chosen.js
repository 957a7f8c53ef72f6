/** The chosen x: what it is, its reconstruction, a draw from q, and the numbers. */

import { button, h, iconButton, select, setText } from "../dom.js";
import { kl } from "../engine/gaussian.js";
import { createRandom } from "../engine/random.js";
import { fixed, withError } from "../format.js";
import { createPicture } from "../picture.js";
import { DRAWS, ELBO_SEED } from "../session.js";
import { createFolds } from "./folds.js";
import { imageName } from "./tip.js";

export function createChosen(store, session) {
  const { state } = store;
  const title = h("h2", {}, "One image and its posterior");
  const pictures = createPictures(store);
  const numbers = createNumbers(store);
  const message = h("p.message", { role: "alert", hidden: true });
  const empty = h("p.note", {}, "Click a point on the plane, or choose here. The plane then shows where the encoder puts this "
    + "image: q(z|x), as ellipses at 1 and 2 standard deviations, to the scale of the axes.");
  const again = button("Draw z ~ q(z|x) again", () => session.drawAgain("posterior"), { class: "wide" });
  const body = h("div.chosen-body", {}, pictures.element, again, numbers.element);
  const element = h("section.panel.chosen", { "aria-label": "The chosen image" },
    h("header", {}, title, button("Clear", () => session.clear(), { class: "quiet clear", "aria-label": "Clear the chosen image" })),
    createPicker(store, session), message, empty, body, createFolds(store, ["posterior"]));

  store.on(["x", "drawing", "q", "codes", "model", "xError", "info"], () => {
    const chosen = state.x !== null || state.drawing !== null;
    empty.hidden = chosen;
    body.hidden = !chosen;
    element.querySelector(".clear").hidden = !chosen;
    setText(title, chosen ? titleOf(state) : "One image and its posterior");
    message.hidden = !state.xError;
    setText(message, state.xError ?? "");
  });
  return { element };
}

function titleOf(state) {
  if (state.drawing) return "Your drawing";
  const { codes, info, x } = state;
  const name = codes && info.classes.length ? `${imageName(state, x)}, ` : "";
  const text = `${name}${info.split} image ${x}`;
  return text[0].toUpperCase() + text.slice(1);
}

const BACK = "M12 5l-5 5 5 5";
const ON = "M8 5l5 5-5 5";

/** Previous, next, random, and one of a class. The choices follow a fixed sequence; the link holds the image. */
function createPicker(store, session) {
  const { state } = store;
  const random = createRandom(1);
  const step = (by) => session.chooseImage(((state.x ?? (by > 0 ? -1 : 0)) + by + state.info.count) % state.info.count);
  const any = () => session.chooseImage(Math.floor(random.uniform() * state.info.count));
  const kinds = select("Class", [], () => oneOf());
  const one = button("One of this class", () => oneOf());
  const classes = h("div.row.kinds", {}, kinds.element, one);

  function oneOf() {
    const wanted = Number(kinds.list.value);
    const found = [];
    state.codes?.label.forEach((label, n) => label === wanted && found.push(n));
    if (found.length) session.chooseImage(found[Math.floor(random.uniform() * found.length)]);
  }

  store.on(["info"], () => {
    classes.hidden = state.info.classes.length === 0;
    kinds.list.replaceChildren(...state.info.classes.map((name, k) => h("option", { value: k }, name)));
  });
  store.on(["x"], () => {
    if (state.x !== null && state.codes) kinds.list.value = state.codes.label[state.x];
  });
  return h("div.row.picker", {},
    iconButton(BACK, "Previous image", () => step(-1)),
    iconButton(ON, "Next image", () => step(1)),
    button("Random", any, { "aria-label": "Choose a random image" }),
    classes);
}

function createPictures(store) {
  const { state } = store;
  const input = createPicture("x, the input");
  const mean = createPicture("Reconstruction from the mean of q");
  const draw = createPicture("Decoded draw from q");
  const drawText = h("span");
  const inputText = h("span");
  const figure = (picture, head, text) => h("figure", {}, picture.canvas, h("figcaption", {}, h("strong", {}, head), text));
  const element = h("div.triple", {},
    figure(input, "x", inputText), figure(mean, "reconstruction", h("span", {}, "z = mean of q")), figure(draw, "draw", drawText));

  store.on(["input", "q", "seed", "model"], () => {
    const { model, q } = state;
    if (!model) return [input, mean, draw].forEach((picture) => picture.clear());
    if (state.input) input.show(state.input, model.imageShape);
    else input.clear();
    if (!q) return [mean, draw].forEach((picture) => picture.clear());
    mean.show(model.decode(q.mu), model.imageShape);
    draw.show(model.decode(state.posteriorDraw), model.imageShape);
    setText(drawText, `z ~ q, seed ${state.seed}`);
    setText(inputText, state.info.likelihood.kind === "bernoulli" ? "black or white" : "the input");
  });
  return { element };
}

function createNumbers(store) {
  const { state } = store;
  const cell = (id) => h("span.number", { "data-testid": id }, "–");
  const error = () => h("span.error-bar");
  const [rate, distortion, elbo] = [cell("rate"), cell("distortion"), cell("elbo")];
  const [distortionError, elboError] = [error(), error()];
  const convention = h("p.convention");
  const element = h("div.numbers", {},
    h("dl", {},
      entry("Rate", "KL(q(z|x) ‖ p(z))", rate, h("span.error-bar", {}, "exact")),
      entry("Distortion", "−E log p(x|z), z ~ q", distortion, distortionError),
      entry("ELBO", "−(rate + distortion)", elbo, elboError)),
    convention);

  store.on(["input", "q", "terms", "model"], () => {
    const { q, terms, input } = state;
    setText(rate, q && input ? fixed(kl(q.mu, q.logvar)) : "–");
    show(distortion, distortionError, terms?.distortion, terms?.distortionStderr);
    show(elbo, elboError, terms?.elbo, terms?.elboStderr);
    if (state.model) setText(convention, conventionOf(state));
  });
  return { element };
}

function show(value, error, number, stderr) {
  const [text, errorText] = number === undefined ? ["–", ""] : withError(number, stderr);
  setText(value, text);
  setText(error, errorText && `± ${errorText}`);
}

const entry = (name, formula, value, error) =>
  h("div", {}, h("dt", {}, h("strong", {}, name), h("span", {}, formula)), h("dd", {}, value, h("span.unit", {}, " nats"), error));

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
    : `p(x|z) Gaussian, σ = ${fixed(likelihood.sigma, 3)}, a density`;
  return `${what}. ${model}, summed over pixels. Rate in closed form; distortion from ${DRAWS} draws, seed ${ELBO_SEED}, ± one standard error.`;
}
