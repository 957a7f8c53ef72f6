/** The decoded picture, large, and what there is to read about z. */

import { logPrior } from "../../engine/gaussian.js";
import { button, debounce, h, setText } from "../../shared/dom.js";
import { fixed, vector } from "../../shared/format.js";
import { nearestCode } from "../../shared/nearest.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createPicture } from "../../shared/picture.js";
import { projectionOf } from "../../shared/projection.js";
import { saveNumbers, savePicture } from "../downloads.js";
import { arrivedImage, imageName } from "../thumbnails.js";
import { createUmapNeighbours } from "../umap.js";
import { createNumbers } from "./numbers.js";

const EXACT = "mean of p(x | z)";
const FRAME_SHARE = 3; // milliseconds that the nearest image may take of a frame
const FRAMES = 30; // the median is over so many
const NOT_A_DRAG = ["model", "codes", "q"]; // frames that do more than follow z

export function createDecoded(store, session) {
  const { state } = store;
  const picture = createPicture("Decoded picture", { "data-testid": "decoded" });
  const z = h("span.number", { "data-testid": "z" }, "–");
  const logP = h("span.number", {}, "–");
  const ms = h("span.number", { "data-testid": "frame-ms" }, "–");
  const nearest = createNearest(store, session);
  const folds = createExplanations(store, ["decode"]);
  const between = createUmapNeighbours(store, session);
  const shown = h("strong", { "data-testid": "decoded-of" }, EXACT);
  const element = h("section.decoded", { "aria-label": "Decoded picture" },
    h("figure", {}, picture.canvas, h("figcaption", {}, shown)),
    h("dl.facts", {},
      row("z", z),
      row("log p(z)", logP, " nats"),
      h("div.near", {}, h("dt", {}, "nearest image"), h("dd", {}, nearest.element)),
    ),
    createNumbers(store).element,
    between.element,
    folds,
    h("div.row.save", {},
      saver("↓ PNG", "Download the decoded picture as PNG", () => savePicture(state)),
      saver("↓ CSV", "Download the numbers of this view as CSV", () => saveNumbers(state)),
      h("span.unit", { title: "From the start of the frame to the last drawing command: nearest image, decoding, picture and plane. Median of the last 30 frames." }, "decoded and drawn in ", ms, " ms")),
  );

  store.on(["model"], () => {
    if (!state.model) picture.clear();
  });
  store.on(["z", "model"], () => {
    if (!state.model || !state.z) return;
    picture.show(state.model.decode(state.z), state.model.imageShape);
    setText(z, vector(state.z));
    z.classList.toggle("long", state.z.length > 4);
    setText(logP, fixed(logPrior(state.z)));
  });
  store.on(["z", "plane", "embedding", "codes"], () => {
    const guessed = !!state.z && projectionOf(state).kind === "umap" && state.spot?.z === state.z;
    setText(shown, guessed ? "≈ between real codes" : EXACT);
    element.classList.toggle("guessed", guessed);
  });
  watchFrames(store, ms);
  return { element, stop: nearest.stop };
}

const saver = (text, title, save) => button(text, save, { class: "quiet", "aria-label": title, title });

function row(name, value, unit = "") {
  return h("div", {}, h("dt", {}, name), h("dd", {}, value, unit && h("span.unit", {}, unit)));
}

/** Frames in which z moved, and neither the model nor x changed, are timed; the text follows five times a second. */
function watchFrames(store, element) {
  const times = [];
  let shown = 0;
  store.on(["model"], () => (times.length = 0));
  store.afterFrame((changed, ms) => {
    if (!changed.has("z") || NOT_A_DRAG.some((key) => changed.has(key)) || !store.state.model) return;
    times.push(ms);
    if (times.length > FRAMES) times.shift();
    const now = performance.now();
    if (now - shown < 200) return;
    shown = now;
    setText(element, fixed([...times].sort((a, b) => a - b)[times.length >> 1], 1));
  });
}

/** The nearest encoded image: its name at once, its picture when it is there; asked for only when z rests. */
function createNearest(store, session) {
  const { state } = store;
  const picture = createPicture("Nearest encoded image");
  const name = h("strong");
  const where = h("span");
  let index = -1;
  const choose = h("button.near-image", { type: "button", onclick: () => index >= 0 && session.chooseImage(index) },
    picture.canvas, h("span.words", {}, name, where));
  const ask = debounce(() => index >= 0 && state.images && show(state.images.get(index)), 120);

  function show(bytes) {
    if (bytes) picture.show(bytes, state.model.imageShape);
    else picture.canvas.classList.remove("full");
  }

  const later = debounce(() => look(), 100);
  let cost = 0; // milliseconds of the last look through all codes

  store.on(["model"], forget); // first: codes may come in the frame of their model
  store.on(["z", "codes", "hidden"], () => {
    if (!state.codes || !state.z) return;
    if (cost > FRAME_SHARE && state.busy) later(); // of very many codes when z rests
    else look();
  });

  function look() {
    if (!state.codes || !state.z) return;
    const begun = performance.now();
    const found = nearestCode(state.codes, state.z, state.hiddenMask);
    cost = performance.now() - begun;
    if (found.index < 0) return forget();
    const which = state.info.classes.length ? `${state.info.split} image ${found.index}, ` : "";
    setText(where, `${which}${fixed(found.distance)} away`);
    if (found.index === index) return;
    index = found.index;
    setText(name, imageName(state, index));
    show(arrivedImage(state, index));
    ask();
  }

  function forget() {
    index = -1;
    setText(name, "–");
    setText(where, "");
    picture.clear();
  }
  store.on(["blocks"], () => index >= 0 && arrivedImage(state, index) && show(arrivedImage(state, index)));
  return { element: choose, stop: () => [ask, later].forEach((wait) => wait.cancel()) };
}
