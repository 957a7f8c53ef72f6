/**
 * The picture of x, which can be drawn on with a brush, by pointer and by keyboard: the chosen image, or a drawing that
 * is encoded as it grows.
 */

import { button, h, setText } from "../dom.js";
import { listBindings, pressKey } from "../key_bindings.js";
import { ARROWS_DOWN, ARROWS_SHOWN } from "../keyboard.js";
import { createPicture, isRow } from "../picture.js";
import { asInput } from "../select_x.js";

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
export function listenStrokes(canvas, store, begin) {
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

/**
 * Drawing by the keyboard: a cell that the arrow keys move over the picture, and that space paints.
 * @param {HTMLCanvasElement} canvas  which has the focus
 * @param {() => {shape: number[], line: (from: number[], to: number[]) => void} | null} begin  a new stroke
 * @param {() => number[]} shapeOf  [C, H, W] of the picture
 * @returns {{elements: HTMLElement[]}} the cell, to lie over the canvas, and what a screen reader hears
 */
export function createKeyboardBrush(canvas, store, begin, shapeOf = () => store.state.info.image_shape) {
  const { state } = store;
  const cell = h("div.cell", { "aria-hidden": "true", "data-testid": "cell" });
  const live = h("span.unseen", { "aria-live": "polite" });
  let at = [0, 0]; // column and row

  const middle = ([column, row]) => [column + 0.5, row + 0.5]; // of the cell, in pixels of the picture

  function show() {
    const [, H, W] = shapeOf();
    cell.style.width = `${100 / W}%`;
    cell.style.height = `${100 / H}%`;
    cell.style.left = `${(100 * at[0]) / W}%`;
    cell.style.top = `${(100 * at[1]) / H}%`;
  }

  function moved([right, down]) {
    const [, H, W] = shapeOf();
    const within = (v, end) => Math.min(end - 1, Math.max(0, v));
    return [within(at[0] + right, W), within(at[1] + down, H)];
  }

  function press({ key, shiftKey }) {
    const arrow = ARROWS_DOWN[key];
    const to = arrow ? moved(arrow) : at;
    if (!arrow || shiftKey) begin()?.line(middle(at), middle(to));
    at = to;
    show();
    setText(live, `Column ${at[0] + 1}, row ${at[1] + 1}.`);
  }

  const bindings = [
    { keys: Object.keys(ARROWS_DOWN), shown: ARROWS_SHOWN, words: "Move the cell; with Shift draw a line", act: press },
    { keys: [" "], shown: "Space", words: "Draw in the cell", act: press },
  ];
  canvas.addEventListener("keydown", (event) => state.info && pressKey(bindings, event));
  listBindings(canvas, "On your drawing", () => bindings);
  store.on(["info"], () => {
    const [, H, W] = shapeOf();
    at = [W >> 1, H >> 1];
    show();
  });
  return { elements: [cell, live] };
}

const HISTORY = 40;

/**
 * Soft brush strokes on a small picture of floats. A stroke covers each pixel at most once, however slowly it is drawn.
 * @param {number[]} shape  [C, H, W]
 * @param {number} blank  what an empty canvas holds: 0 black, 1 white
 */
export function createBrush([C, H, W], blank) {
  const plane = H * W;
  const values = new Float32Array(C * plane).fill(blank);
  const undo = [];
  const cover = new Float32Array(plane);
  let before = null; // the picture when the stroke began

  function begin() {
    before = values.slice();
    cover.fill(0);
    undo.push(before);
    if (undo.length > HISTORY) undo.shift();
  }

  /** Paint from (x0, y0) to (x1, y1), in pixels of the picture, with `colour` [C] in [0, 1]. */
  function line(x0, y0, x1, y1, radius, colour) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - radius - 1));
    const right = Math.min(W - 1, Math.ceil(Math.max(x0, x1) + radius + 1));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - radius - 1));
    const bottom = Math.min(H - 1, Math.ceil(Math.max(y0, y1) + radius + 1));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
        const along = length ? Math.min(1, Math.max(0, (px * (x1 - x0) + py * (y1 - y0)) / length ** 2)) : 0;
        const distance = Math.hypot(px - along * (x1 - x0), py - along * (y1 - y0));
        const p = y * W + x;
        cover[p] = Math.max(cover[p], Math.min(1, Math.max(0, radius + 0.5 - distance)));
        for (let c = 0; c < C; c++) {
          const at = c * plane + p;
          values[at] = before[at] + (colour[c] - before[at]) * cover[p];
        }
      }
    }
  }

  /** Go on from `picture` (null: an empty canvas); what was drawn before cannot be undone into. */
  function start(picture) {
    undo.length = 0;
    if (picture) values.set(picture);
    else values.fill(blank);
  }

  const back = () => undo.length > 0 && (values.set(undo.pop()), true);
  return { values, begin, line, start, back };
}

/** The 16 levels that a link can hold. */
const inLevels = (values) => values.map((v) => Math.round(v * 15) / 15);
