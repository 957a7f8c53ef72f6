/** The picture of x, which can be drawn on: the chosen image, or a drawing that is encoded as it grows. */

import { button, h, setText } from "../dom.js";
import { createPicture } from "../picture.js";
import { isRow } from "../row_plot.js";
import { asInput } from "../select_x.js";
import { createBrush, inLevels } from "./brush.js";
import { createKeyboardBrush } from "./keyboard_brush.js";

const GREYS = [["white", "#ffffff"], ["grey", "#808080"], ["eraser", "#000000"]];
const BLACK_WHITE = [["white", "#ffffff"], ["eraser", "#000000"]];
const COLOURS = [
  ["black", "#1c120a"], ["eraser", "#ffffff"], ["skin", "#edb98a"], ["dark skin", "#8d5524"], ["hair brown", "#603a14"],
  ["red", "#c2312b"], ["yellow", "#ffd969"], ["green", "#44c585"], ["blue", "#428bca"], ["violet", "#c0aede"],
];
const LABEL = "x, a canvas to draw on. Arrow keys move a cell over it, space paints there, shift with an arrow key draws a line.";

/** @returns {{canvas: HTMLElement, tools: HTMLElement, note: HTMLElement}} */
export function createDrawingCanvas(store, session) {
  const { state } = store;
  const picture = createPicture(LABEL, { "data-testid": "draw", role: "application", "aria-roledescription": "drawing", tabindex: "0" });
  const hint = h("span.hint", { "aria-hidden": "true" }, "Draw here");
  const pens = h("div.pens", { role: "group", "aria-label": "Brush" });
  const size = h("input", { type: "range", min: "0.5", max: "3", step: "0.1", value: "1.2", "aria-label": "Brush size" });
  const undo = button("Undo", () => state.drawing === mine && brush?.back() && changed(), { "aria-label": "Undo the last stroke" });
  const note = h("p.note");
  const tools = h("div.row.tray", {}, pens, h("label.slider", {}, h("span", {}, "size"), size), undo);
  let brush = null;
  let colour = null;
  let mine = null; // the drawing that this canvas made last: another one is not its to undo

  function reset() {
    const { image_shape: shape, likelihood } = state.info;
    const bernoulli = likelihood.kind === "bernoulli";
    brush = createBrush(shape, shape[0] === 3 ? 1 : 0);
    mine = null;
    size.value = shape[2] > 20 ? 1.2 : 0.8;
    fillPens(shape[0] === 3 ? COLOURS : bernoulli ? BLACK_WHITE : GREYS, shape[0]);
    tools.hidden = isRow(shape);
    setText(note, isRow(shape) ? "x is a row of numbers, from left to right, each in its range from 0 to 1." : bernoulli
      ? "Draw on x: it is encoded as you draw. This model knows only black and white, so a drawing is thresholded at 0.5."
      : "Draw on x: it is encoded as you draw, the ellipse moves, and z follows its mean.");
  }

  function fillPens(list, channels) {
    const buttons = list.map(([name, hex], k) => {
      const label = name === "eraser" ? "Eraser" : `Brush: ${name}`;
      const pen = button("", () => pick(k), { class: name === "eraser" ? "pen eraser" : "pen", "aria-label": label, title: label });
      pen.style.setProperty("--pen", hex);
      return pen;
    });
    const pick = (k) => {
      colour = toChannels(list[k][1], channels);
      buttons.forEach((pen, n) => pen.setAttribute("aria-pressed", String(n === k)));
    };
    pens.replaceChildren(...buttons);
    pick(0);
  }

  /** Show x: the drawing as the model is given it, the chosen image, or nothing. */
  function show() {
    const { drawing, input, info } = state;
    if (!brush) return;
    hint.hidden = state.x !== null || drawing !== null || isRow(info.image_shape);
    if (drawing) picture.show(asInput(drawing, info.likelihood.kind), info.image_shape);
    else if (state.x === null) picture.show(createBrush(info.image_shape, info.image_shape[0] === 3 ? 1 : 0).values, info.image_shape);
    else if (input) picture.show(input, info.image_shape);
    else picture.clear();
  }

  function changed() {
    mine = inLevels(brush.values);
    session.chooseDrawing(mine);
    store.set({ touched: true });
  }

  /** A stroke goes on from what x shows now. */
  function begin() {
    if (!brush || isRow(state.info.image_shape) || (state.x !== null && !state.input)) return null;
    if (state.drawing === null || state.drawing !== mine) brush.start(state.drawing ?? (state.x === null ? null : state.input));
    brush.begin();
    return {
      shape: state.info.image_shape,
      line: (from, to) => (brush.line(...from, ...to, Number(size.value), colour), changed()),
    };
  }

  listenStrokes(picture.canvas, store, begin);
  const cursor = createKeyboardBrush(picture.canvas, store, begin);
  store.on(["info"], reset);
  store.on(["info", "drawing", "x", "input"], show);
  return {
    canvas: h("div.easel", {}, picture.canvas, ...cursor.elements, hint),
    tools,
    note,
  };
}

/** Pointer strokes in pixels of the picture. `begin()` gives what takes them, or null where there is nothing to draw on. */
function listenStrokes(canvas, store, begin) {
  let stroke = null;
  let pointer = null;
  let last = null;
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const [, H, W] = stroke.shape;
    return [((event.clientX - box.left) / box.width) * W, ((event.clientY - box.top) / box.height) * H];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || stroke || !(stroke = begin())) return;
    canvas.setPointerCapture(event.pointerId);
    store.set({ busy: true });
    pointer = event.pointerId;
    last = at(event);
    stroke.line(last, last);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || pointer !== event.pointerId) return;
    const point = at(event);
    stroke.line(last, point);
    last = point;
  });
  const lift = (event) => {
    if (!stroke || pointer !== event.pointerId) return;
    stroke = null;
    store.set({ busy: false });
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
}

/** "#rrggbb" as [C] numbers in [0, 1]. */
function toChannels(hex, C) {
  const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  return C === 3 ? rgb : [rgb[0]];
}
