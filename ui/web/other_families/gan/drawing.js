/** Drawing the density of the data by pointer and keyboard; a finished stroke begins a new training. */

import { button, h } from "../../shared/dom.js";
import { PICTURE, TOP } from "../../shared/drawn_density.js";
import { createBrush, createKeyboardBrush, listenStrokes } from "../../shared/panels/drawing_canvas.js";
import { createPicture } from "../../shared/picture.js";

const { side } = PICTURE;
const SHAPE = [1, side, side];
const RADIUS = 1.3; // of the brush, in knots
const LABEL = "The density of your data, to be drawn on. Arrow keys move a cell, space paints, shift with an arrow key draws a line.";

/** Between the table of a density, whose slow index is x1, and a picture, whose rows go down from the largest x2. */
const inTable = (row, column) => column * side + (side - 1 - row);

export function createDataDrawing(store) {
  const { state } = store;
  const brush = createBrush(SHAPE, 0);
  const picture = createPicture(LABEL, { "data-testid": "gan-drawing", role: "application", "aria-roledescription": "drawing", tabindex: "0" });
  let changed = false;
  const show = () => picture.show(brush.values, SHAPE);
  const begin = () => (brush.begin(), { shape: SHAPE, line });
  const cursor = createKeyboardBrush(picture.canvas, store, begin, () => SHAPE);
  const clear = button("Clear the drawing", () => (brush.start(null), keep()));
  const hint = h("div.hint", { "aria-hidden": "true" }, "Draw here");
  const element = h("section.gan-drawing", { "aria-label": "Your data", hidden: true }, h("h2", {}, "Your data"), h("div.easel", {}, picture.canvas, ...cursor.elements, hint), clear);

  function line(from, to) {
    brush.line(...from, ...to, RADIUS, [1]);
    changed = true;
    show();
    hint.hidden = true;
    if (!state.busy) keep();
  }

  function keep() {
    changed = false;
    const table = new Float64Array(side * side);
    for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) table[inTable(row, column)] = Math.round(brush.values[row * side + column] * TOP);
    store.set({ drawn: table, goal: 0, rounds: 0, play: {} });
  }

  listenStrokes(picture.canvas, store, begin);
  store.on(["busy"], () => !state.busy && changed && keep());
  store.on(["target", "drawn"], () => {
    if (!state.drawn) return;
    element.hidden = state.target !== "drawn";
    brush.start(Float32Array.from({ length: side * side }, (_, at) => state.drawn[inTable(Math.floor(at / side), at % side)] / TOP));
    show();
    hint.hidden = state.drawn.some(Boolean);
    clear.disabled = !hint.hidden;
  });
  return element;
}
