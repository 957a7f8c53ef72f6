/** The picture as it is written, with the pixel that is looked at; beside it what the model expected of each pixel. */

import { paperContext, placeIn } from "../../shared/canvas.js";
import { button, fillOptions, h, select, setText } from "../../shared/dom.js";
import { count } from "../../shared/format.js";
import { ARROWS_DOWN } from "../../shared/keyboard.js";
import { drawPicture } from "../../shared/picture.js";
import { createPlayButton } from "../../shared/play_button.js";
import { nextSeed } from "../../engine/random.js";
import { PIXELS, SIDE } from "./writing.js";

const PIXELS_A_SECOND = 90;
const SHAPE = [1, SIDE, SIDE];
const UNKNOWN = 0.5; // grey of a pixel that is not written yet

const WRITERS = [["one", "one order, by rows"], ["any", "any order"]];
const ORDER_WORDS = [["rows", "row by row"], ["columns", "column by column"], ["middle", "from the middle"], ["shuffled", "shuffled"]];

export function createPage(store) {
  const { state } = store;
  const canvas = h("canvas.square", { role: "application", "aria-roledescription": "picture", tabindex: "0", "aria-label": "The picture: arrow keys choose a pixel", "data-testid": "pixels", onkeydown: byKey, onpointerdown: byPointer });
  const expected = h("canvas.square", { role: "img", "aria-label": "How likely each pixel was to be white, given those before it" });
  const range = h("input", { type: "range", min: "0", max: String(PIXELS), step: "1", "aria-label": "Pixels that are written", "data-testid": "place", oninput: () => store.set({ place: Number(range.value), writing: false }) });
  const value = h("output");
  const { element: play, show } = createPlayButton("Write it pixel by pixel", () => store.set(state.writing ? { writing: false } : { writing: true, place: state.place < PIXELS ? state.place : 0 }));
  const whole = button("Whole", () => store.set({ place: PIXELS, writing: false }));
  const again = button("Draw another", () => store.set({ picture: 0, draw: nextSeed(state.draw), pixel: 0, flip: 0 }), { class: "main", "data-testid": "draw" });
  const writer = select("trained on", WRITERS, (name) => store.set({ writer: name, flip: 0 }));
  const order = select("order", ORDER_WORDS, (name) => store.set({ order: name, flip: 0 }));
  const picture = select("picture", [], (n) => store.set({ picture: Number(n), pixel: 0, flip: 0 }));
  const problem = h("p.message", { role: "alert", hidden: true });
  const element = h("section.writing", { "aria-label": "The picture" }, h("h2", {}, "Written pixel by pixel"),
    h("div.row", {}, again, play, whole, picture.element),
    problem,
    h("div.picture-pair", {},
      h("figure", {}, canvas, h("figcaption", {}, "The picture: press a pixel")),
      h("figure", {}, expected, h("figcaption", {}, "p(white | pixels before), for each pixel"))),
    h("label.slider", {}, h("span", {}, "Written"), range, value),
    h("div.row", {}, writer.element, order.element),
    h("p.note", {}, "There is no z here: nothing to drag, no encoder, and no path from one picture to another. A picture is only a list of choices."));
  let [side, timer, last] = [0, 0, 0];

  const pick = (pixel) => store.set({ pixel: pixel + 1, flip: 0, writing: false, place: Math.max(state.place, state.written.place[pixel] + 1) });

  function byPointer(event) {
    if (!state.written) return;
    const [column, row] = placeIn(canvas, event).map((at) => Math.min(SIDE - 1, Math.max(0, Math.floor((at / side) * SIDE))));
    pick(row * SIDE + column);
  }

  function byKey(event) {
    const direction = ARROWS_DOWN[event.key];
    if (!direction || !state.written) return;
    event.preventDefault();
    const now = state.pixel ? state.pixel - 1 : (SIDE / 2) * SIDE + SIDE / 2;
    const move = (at, by) => Math.min(SIDE - 1, Math.max(0, at + by));
    pick(move(Math.floor(now / SIDE), direction[1]) * SIDE + move(now % SIDE, direction[0]));
  }

  function tick(now) {
    timer = 0;
    if (!state.writing || state.chapter !== "autoregressive") return;
    const more = last ? Math.round(((now - last) / 1000) * PIXELS_A_SECOND) : 1;
    if (more) {
      last = now;
      store.set({ place: Math.min(PIXELS, state.place + more), ...(state.place + more >= PIXELS && { writing: false }) });
    }
    if (state.writing) timer = requestAnimationFrame(tick);
  }

  store.on(["writers", "writersError"], () => {
    problem.hidden = !state.writersError;
    setText(problem, state.writersError ? `${state.writersError} Reload the page to try again.` : "");
    if (state.writers) fillOptions(picture, [["0", "drawn"], ...state.writers.pictures.map((_, n) => [String(n + 1), `test picture ${n + 1}`])]);
  });
  store.on(["writer", "order", "picture", "writers"], () => {
    [[writer, state.writer], [order, state.order], [picture, String(state.picture)]].forEach(([list, chosen]) => (list.list.value = chosen));
  });
  store.on(["writing", "chapter"], () => {
    show(!!state.writing);
    if (state.writing && !timer) [last, timer] = [0, requestAnimationFrame(tick)];
  });
  store.on(["written", "place", "pixel", "theme", "sized", "chapter"], (changed) => {
    range.value = state.place;
    setText(value, `${count(state.place)} of ${count(PIXELS)}`);
    if (state.chapter !== "autoregressive" || !state.theme || !state.written) return;
    if (changed.has("sized") || !side) side = canvas.clientWidth;
    if (!side) return;
    const { x, on, place, before } = state.written;
    const there = (values) => Float32Array.from(values, (each, pixel) => (place[pixel] < state.place ? each : UNKNOWN));
    const chosen = state.pixel - 1;
    const changedPixels = before ? [...x.keys()].filter((pixel) => x[pixel] !== before.x[pixel] && place[pixel] < state.place) : [];
    paint(paperContext(canvas, side, side, state.theme), there(x), side, state.theme, chosen, changedPixels);
    paint(paperContext(expected, side, side, state.theme), there(on), side, state.theme, chosen, []);
  });
  return { element, stop: () => cancelAnimationFrame(timer) };
}

/** A picture with a ring around the chosen pixel and a dot on each that has changed. */
function paint(g, values, side, theme, chosen, changed) {
  const cell = side / SIDE;
  drawPicture(g, values, SHAPE, 0, 0, side, side);
  g.fillStyle = theme.accent;
  for (const pixel of changed) {
    g.beginPath();
    g.arc((pixel % SIDE + 0.5) * cell, (Math.floor(pixel / SIDE) + 0.5) * cell, cell / 4, 0, 2 * Math.PI);
    g.fill();
  }
  if (chosen < 0) return;
  const at = [(chosen % SIDE) * cell, Math.floor(chosen / SIDE) * cell];
  for (const [colour, width] of [[theme.paper, 4], [theme.accent, 2]]) {
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.strokeRect(at[0] - 1, at[1] - 1, cell + 2, cell + 2);
  }
}
