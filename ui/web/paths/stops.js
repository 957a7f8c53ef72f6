/**
 * The stops of the path: a row of pictures, what can be chosen or drawn for the one that is picked out, the code of each,
 * and their text in a link.
 */

import { decodeDrawing, encodeDrawing } from "../engine/drawing_codec.js";
import { sampleInto } from "../engine/gaussian.js";
import { toUnit } from "../engine/images.js";
import { createRandom, nextSeed } from "../engine/random.js";
import { button, h, setText } from "../shared/dom.js";
import { createDrawingCanvas } from "../shared/panels/drawing_canvas.js";
import { createPicture } from "../shared/picture.js";
import { asInput, createImagePicker } from "../shared/select_x.js";
import { readDrawing } from "../shared/view.js";
import { CORNERS } from "./interpolation_grid.js";

export function createStops(store) {
  const { state } = store;
  const session = createSession(store);
  const row = h("div.stops-row", { role: "group", "aria-label": "Stops of the path" });
  const add = button("+ Add a stop", session.add, { "data-testid": "add-stop" });
  const remove = button("Remove", session.remove, { "data-testid": "remove-stop" });
  const shuffle = button("Random pictures", session.shuffle, { "data-testid": "shuffle" });
  const number = h("input.number-field", { type: "number", min: "0", "aria-label": "Number of the test image", "data-testid": "stop-number", onchange: () => session.chooseImage(Number(number.value)) });
  const easel = createDrawingCanvas(store, session);
  const choice = h("summary", {}, "");
  const hint = h("span.soft");
  const drawing = h("details.fold.drawing", {}, h("summary", {}, "Draw it yourself"),
    h("div.draw-box", {}, easel.canvas, h("div.half", {}, easel.tools, h("p.note", {}, "Draw over the chosen stop. The encoder reads it as you draw, and the path starts from the code it finds."))));
  const title = h("strong.stop-title");
  const message = h("p.message", { role: "alert", hidden: true, "data-testid": "problem" });
  const ends = createEnds(store);

  store.on(["stops", "codes", "blocks", "chosen", "refused", "tab"], (changed) => {
    if (!state.stops || !state.codes) return;
    fill(row, store, add);
    remove.disabled = state.stops.length <= (state.tab === "grid" ? CORNERS : 1);
    add.disabled = state.stops.length >= state.info.fields.stops.most;
    setText(title, `Stop ${stopName(state, state.chosen)}`);
    setText(choice, `More ways to change stop ${letterOf(state.chosen)}`);
    setText(hint, `Click a dot on the map to change stop ${letterOf(state.chosen)}.`);
    number.max = state.info.count - 1;
    const another = ["stops", "codes", "chosen", "refused"].some((key) => changed.has(key)); // else a number may be being typed
    if (another && imageOf(state.stops[state.chosen]) !== null) number.value = state.stops[state.chosen];
  });
  store.on(["stops", "codes", "chosen", "blocks"], () => session.follow());
  store.on(["problem"], () => {
    message.hidden = !state.problem;
    setText(message, state.problem ?? "");
  });
  const more = h("details.fold.stop-more", { "data-testid": "stop-more" }, choice,
    h("div.row.tray", {}, title, number, createImagePicker(store, session, () => state.codes?.label), remove, shuffle),
    h("div.row", {}, ends.element), drawing);
  store.on(["tab"], () => (hint.hidden = ["dimensions", "grid"].includes(state.tab)));
  const element = h("section.stops", { "aria-label": "Stops" }, row, message, h("div.stop-change", {}, hint, more));
  return { element };
}

/** What createImagePicker and createDrawingCanvas call, for the stop that is chosen. */
function createSession(store) {
  const { state } = store;
  const random = createRandom(2);
  const any = () => String(Math.floor(random.uniform() * state.info.count));
  let drawn = {}; // the stop drawn last, and its values as the drawing canvas knows them
  const put = (stop) => store.set({ stops: state.stops.map((each, n) => (n === state.chosen ? stop : each)) });

  function chooseImage(index) {
    if (Number.isInteger(index) && index >= 0 && index < state.info.count) put(String(index));
    else store.set({ refused: {} }); // writes the number that stands
  }

  function add() {
    if (state.stops.length < state.info.fields.stops.most) store.set({ stops: [...state.stops, any()], chosen: state.stops.length });
  }

  function remove() {
    if (state.stops.length < 2) return;
    const stops = state.stops.filter((_, n) => n !== state.chosen);
    store.set({ stops, chosen: Math.min(state.chosen, stops.length - 1) });
  }

  /** x, drawing and input of the stop that is picked out, as the picker and the easel read them. */
  function follow() {
    const stop = state.stops?.[state.chosen];
    if (!stop || !state.codes) return;
    const x = imageOf(stop);
    const bytes = x === null ? null : state.images.get(x);
    store.set({
      x,
      drawing: x !== null ? null : stop === drawn.stop ? drawn.values : drawingOf(stop, state.model.pixels),
      input: bytes && toUnit(bytes, new Float32Array(bytes.length)),
    });
  }

  function chooseDrawing(values) {
    drawn = { stop: asDrawing(values), values };
    put(drawn.stop);
  }

  return {
    chooseImage, chooseDrawing, add, remove, follow,
    shuffle: () => store.set({ stops: state.stops.map(any) }),
  };
}

function fill(row, store, add) {
  const { state } = store;
  const items = state.stops.map((stop, n) => {
    const name = stopName(state, n);
    const picture = createPicture("", { role: "presentation" });
    const index = imageOf(stop);
    const values = index === null ? drawingOf(stop, state.model.pixels) : state.images.get(index);
    if (values) picture.show(values, state.info.image_shape);
    const item = button("", () => store.set({ chosen: n }), {
      class: "stop", "aria-pressed": String(n === state.chosen), "aria-label": `Stop ${name}`, "data-testid": "stop",
    });
    item.append(picture.canvas, h("strong", {}, letterOf(n)), " ", h("span", {}, name.slice(2)));
    return item;
  });
  row.replaceChildren(...items.flatMap((item, n) => (n ? [h("span.arrow", { "aria-hidden": "true" }, "→"), item] : [item])), add);
}

/** What stands for a picture: the mean of q(z|x), or a draw from it. */
function createEnds(store) {
  const { state } = store;
  const options = [["mean", "Mean of q(z|x)"], ["sample", "A sample of it"]].map(([value, text]) => {
    const input = h("input", { type: "radio", name: "ends", value, onchange: () => store.set({ ends: value }) });
    return { value, input, element: h("label", {}, input, h("span", {}, text)) };
  });
  const again = button("Sample again", () => store.set({ seed: nextSeed(state.seed) }), { class: "quiet", "data-testid": "sample-again" });
  store.on(["ends", "info"], () => {
    for (const { value, input } of options) input.checked = value === state.ends;
    again.hidden = state.ends !== "sample";
  });
  const element = h("div.row", { role: "radiogroup", "aria-label": "What stands for a picture" },
    h("span.soft", {}, "A stop stands at the"), h("div.switch", {}, ...options.map((option) => option.element)), again);
  return { element };
}

const DRAWN = "drawn.";

/**
 * The code of each stop: the mean of q(z|x), or one draw from it by the seed.
 * @returns {(number[] | null)[]} null while the encoder that a drawing needs is on its way
 */
export function stopCodesOf({ stops, ends, seed, codes, model, info }) {
  const random = createRandom(seed);
  return stops.map((stop) => {
    const q = posteriorOf(stop, codes, model, info);
    const draw = sampleInto(q?.mu ?? new Float32Array(model.latentDim), q?.logvar ?? new Float32Array(model.latentDim), random, new Float32Array(model.latentDim));
    return q && Array.from(ends === "sample" ? draw : q.mu);
  });
}

function posteriorOf(stop, codes, model, info) {
  const index = imageOf(stop);
  const D = model.latentDim;
  if (index !== null) return { mu: codes.mu.subarray(index * D, (index + 1) * D), logvar: codes.logvar.subarray(index * D, (index + 1) * D) };
  return model.encoderReady() ? model.encode(asInput(drawingOf(stop, model.pixels), info.likelihood.kind)) : null;
}

const letterOf = (n) => String.fromCharCode(65 + n);

/** "A Ankle boot 0": the letter of a stop and what it is. */
function stopName({ stops, codes, info }, n) {
  const index = imageOf(stops[n]);
  return index === null ? `${letterOf(n)} drawn` : `${letterOf(n)} ${info.classes[codes.label[index]] ?? "image"} ${index}`;
}

/** Where nothing is chosen: the first image, and the first one of another class. */
export const firstStops = (codes) => addStops(["0"], 2, codes);

/** As many stops as `count`, as far as there are images: the first of each class that is not there yet, then any. */
export function addStops(stops, count, { label }) {
  const chosen = [...stops];
  const classes = new Set(stops.map((stop) => label[imageOf(stop)]));
  const take = (isWanted) => label.forEach((own, n) => {
    if (chosen.length >= count || chosen.includes(String(n)) || !isWanted(own)) return;
    chosen.push(String(n));
    classes.add(own);
  });
  take((own) => !classes.has(own));
  take(() => true);
  return chosen;
}

export function isStop(stop, { count, image_shape: [C, H, W] }) {
  if (typeof stop !== "string") return false;
  return stop.startsWith(DRAWN) ? readDrawing(stop.slice(DRAWN.length), C * H * W) !== null : /^\d+$/.test(stop) && Number(stop) < count;
}

/** A stop is a test image by its number, or a drawing. */
export const imageOf = (stop) => (stop.startsWith(DRAWN) ? null : Number(stop));
const drawingOf = (stop, pixels) => decodeDrawing(stop.slice(DRAWN.length), pixels);
const asDrawing = (values) => DRAWN + encodeDrawing(values);
