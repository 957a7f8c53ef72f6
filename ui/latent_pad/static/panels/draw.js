/** A canvas to draw x on. It is encoded as it is drawn. */

import { button, h } from "../dom.js";
import { createPicture } from "../picture.js";
import { createBrush, inLevels } from "./brush.js";

const GREYS = [["white", "#ffffff"], ["grey", "#808080"]];
const COLOURS = [
  ["black", "#1c120a"], ["white", "#ffffff"], ["skin", "#edb98a"], ["dark skin", "#8d5524"], ["hair brown", "#603a14"],
  ["red", "#c2312b"], ["yellow", "#ffd969"], ["green", "#44c585"], ["blue", "#428bca"], ["violet", "#c0aede"],
];

export function createDraw(store, session) {
  const { state } = store;
  const picture = createPicture("Drawing canvas. With the keyboard: choose an image or a class, then “Start from the picture”.", { "data-testid": "draw" });
  const pens = h("div.pens", { role: "group", "aria-label": "Brush" });
  const size = h("input", { type: "range", min: "0.5", max: "3", step: "0.1", value: "1.2", "aria-label": "Brush size" });
  const start = button("Start from the picture", fromPicture);
  const note = h("p.note");
  let brush = null;
  let shape = null;
  let colour = null;
  let mine = null; // the drawing that this canvas made last

  const element = h("section.panel.draw", { "aria-label": "Draw your own x" },
    h("header", {}, h("h2", {}, "Draw your own x")),
    h("div.easel", {}, picture.canvas,
      h("div.tray", {}, pens, h("label.slider", {}, h("span.name", {}, "size"), size),
        h("div.row", {},
          button("Undo", () => brush?.back() && changed()),
          button("Clear", () => brush && (brush.wipe(), changed()), { "aria-label": "Clear the drawing" })),
        start)),
    note);

  function reset() {
    const { image_shape, likelihood } = state.info;
    shape = image_shape;
    brush = createBrush(shape, shape[0] === 3 ? 1 : 0);
    size.value = shape[2] > 20 ? 1.2 : 0.8;
    buildPens();
    note.textContent = likelihood.kind === "bernoulli"
      ? "Encoded as you draw. This model knows only black and white: x is your drawing thresholded at 0.5."
      : "Encoded as you draw: the ellipse moves, and z follows its mean.";
    picture.show(brush.values, shape);
  }

  function buildPens() {
    const paper = shape[0] === 3 ? ["eraser", "#ffffff"] : ["eraser", "#000000"];
    const list = shape[0] === 3 ? COLOURS : [...GREYS, paper];
    const buttons = list.map(([name, hex], k) => {
      const pen = button("", () => pick(k), { class: "pen", "aria-label": name === "eraser" ? "Eraser" : `Brush: ${name}`, title: name });
      pen.style.setProperty("--pen", hex);
      return pen;
    });
    const pick = (k) => {
      colour = channels(list[k][1], shape[0]);
      buttons.forEach((pen, n) => pen.setAttribute("aria-pressed", String(n === k)));
    };
    pens.replaceChildren(...buttons);
    pick(0);
  }

  function fromPicture() {
    if (!brush || !(state.input || state.model)) return;
    brush.replace(state.input ?? state.model.decode(state.z));
    changed();
  }

  function changed() {
    picture.show(brush.values, shape);
    mine = inLevels(brush.values);
    session.chooseDrawing(mine);
    store.set({ touched: true });
  }

  listenStrokes(picture.canvas, store, () => brush && {
    begin: brush.begin,
    line: (from, to) => (brush.line(...from, ...to, Number(size.value), colour), changed()),
    shape,
  });
  store.on(["info"], reset);
  store.on(["drawing"], () => {
    if (!state.drawing || state.drawing === mine || !brush) return;
    brush.load(state.drawing); // from a link
    picture.show(brush.values, shape);
  });
  return { element };
}

/** Pointer strokes in pixels of the picture. */
function listenStrokes(canvas, store, target) {
  let last = null;
  const at = (event, [, H, W]) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * W, ((event.clientY - box.top) / box.height) * H];
  };
  canvas.addEventListener("pointerdown", (event) => {
    const brush = target();
    if (!brush || event.button !== 0 || last) return;
    canvas.setPointerCapture(event.pointerId);
    store.set({ busy: true });
    brush.begin();
    const point = at(event, brush.shape);
    last = { id: event.pointerId, point };
    brush.line(point, point);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last?.id !== event.pointerId) return;
    const brush = target();
    const point = at(event, brush.shape);
    brush.line(last.point, point);
    last.point = point;
  });
  const lift = (event) => {
    if (last?.id !== event.pointerId) return;
    last = null;
    store.set({ busy: false });
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
}

/** "#rrggbb" as [C] numbers in [0, 1]. */
function channels(hex, C) {
  const rgb = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  return C === 3 ? rgb : [rgb[0]];
}
