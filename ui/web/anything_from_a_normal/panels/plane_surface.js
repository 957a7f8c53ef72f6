/** One side of the map: a canvas that is dragged, drawn on and moved over by keys. */

import { paperContext, placeIn } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { listBindings, pressKey } from "../../shared/key_bindings.js";
import { ARROWS_SHOWN, ARROWS_UP } from "../../shared/keyboard.js";
import { ALL_KEYS } from "../derived_state.js";
import { lineView, paintLine } from "../draw/line.js";
import { paintPlane, planeView } from "../draw/plane.js";
import { preimageOf } from "../invert.js";
import { LEAST, MOST, Z_HALF } from "../maps.js";
import { createKeyboardBrush } from "./drawing_canvas.js";

const STEP = 0.1; // of a key; a tenth of it with shift
const REACH = 18; // pixels from a handle at which it is meant
const DRAWS = "x, to be drawn on. Arrow keys move a mark over it, space paints there, shift with an arrow key draws a line.";
const SIDES = {
  z: ["The normal: z", "z ~ N(0, I), to be dragged. Arrow keys move z, with shift in smaller steps."],
  x: ["What it becomes: x = f(z)", "x = f(z), to be dragged: z follows. Arrow keys move x, with shift in smaller steps."],
};

/** @param {"z" | "x"} side  @param {{begin: Function} | null} easel  takes strokes where the map is drawn */
export function createPlaneSurface(store, side, easel) {
  const { state } = store;
  const [title, words] = SIDES[side];
  const canvas = h("canvas", { "aria-hidden": "true" });
  const surface = h("div.surface", { tabindex: "0", role: "application", "aria-label": words, "aria-describedby": "numbers", "data-testid": `${side}-plane` }, canvas);
  const hint = h("div.hint", { hidden: true, "aria-hidden": "true" });
  const cursor = side === "x" ? createKeyboardBrush(store, easel, (across, down) => placeAt(across * size, down * size)) : null;
  const element = h(`figure.side.${side}`, {}, h("figcaption", {}, title), h("div.plane", {}, surface, ...(cursor?.elements ?? []), hint));
  let size = 0;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    size = contentRect.width;
    store.set({ sized: {} });
  });
  observer.observe(surface);

  const paint = () => {
    const g = paperContext(canvas, size, size, state.theme);
    (state.dims === 1 ? paintLine : paintPlane)(g, state, side, size);
  };
  const moving = side === "x" ? ["t"] : [];
  store.on([...ALL_KEYS, ...moving, "z", "show", "theme", "sized"], () => size && state.given && state.theme && paint());
  if (side === "x") {
    store.on([...ALL_KEYS, "touched"], () => {
      hint.hidden = !!state.goal;
      hint.textContent = state.map === "learned" ? "The drawing is empty" : "Draw a density here";
    });
    store.on(["map", "tool"], () => surface.setAttribute("aria-label", easel.active() ? DRAWS : words));
  }

  /** The point under the pointer, and what a drag from there moves. */
  const at = (event) => {
    const [left, top] = placeIn(surface, event);
    return placeAt(left - surface.clientLeft, top - surface.clientTop);
  };
  const placeAt = (u, v) => {
    if (state.dims === 2) {
      const view = planeView(state, side, size);
      return { u, v, point: [view.a(u), view.b(v)] };
    }
    const view = lineView(state, side, size);
    return { u, v, point: [view.value(u)], height: view.share(v) };
  };

  function grab(place) {
    if (side === "x" && easel.active()) return easel.begin(place);
    if (side === "x" && state.map === "gaussian" && state.t > 0) {
      const column = columnAt(place);
      if (column >= 0) return { move: ({ point }) => store.set({ lower: moved(state.lower, column, point, state.t) }) };
    }
    if (side === "x" && !state.f) return null;
    return { move: ({ point }) => moveTo(point) };
  }

  function moveTo(point) {
    const clamped = point.map((v) => Math.min(Z_HALF, Math.max(-Z_HALF, v)));
    store.set({ z: side === "z" ? clamped : preimageOf(state, point), touched: true });
  }

  function columnAt({ u, v }) {
    const view = planeView(state, "x", size);
    const { lower: [a, b, c], t } = state;
    const ends = [[1 + t * (a - 1), t * b], [0, 1 + t * (c - 1)]];
    return ends.findIndex(([x, y]) => Math.hypot(view.x(x) - u, view.y(y) - v) < REACH);
  }

  function moveByKey({ key, shiftKey }) {
    const [arrow, from] = [ARROWS_UP[key], side === "z" ? state.z : state.shownX];
    if (!from?.every(Number.isFinite)) return; // the ring has no x at z = 0
    const step = shiftKey ? STEP / 10 : STEP;
    const along = state.dims === 1 ? [arrow[0] + arrow[1]] : arrow;
    moveTo(from.map((v, k) => Math.round((v + along[k] * step) * 1e4) / 1e4));
  }

  const what = `Move ${side}; with Shift in smaller steps`;
  const moves = [{ keys: Object.keys(ARROWS_UP), shown: ARROWS_SHOWN, words: what, act: moveByKey }];
  const bindings = () => (cursor?.active() ? cursor.bindings : moves);
  listBindings(surface, title, bindings);
  surface.addEventListener("keydown", (event) => pressKey(bindings(), event));
  listenDrags(surface, store, at, grab);
  return { element, stop: () => observer.disconnect() };
}

/** L with its column 0 or 1 ended at `point`, kept a factor that can be drawn; at time t the end is on its way. */
function moved([a, b, c], column, point, t) {
  const [x, y] = point.map((v, j) => (j === column ? (v - 1 + t) / t : v / t));
  const keep = (v, low) => Math.min(MOST, Math.max(low, v));
  return column === 0 ? [keep(x, LEAST), keep(y, -MOST), c] : [a, b, keep(y, LEAST)];
}

function listenDrags(surface, store, at, grab) {
  let held = null;
  let pointer = null;
  surface.addEventListener("pointerdown", (event) => {
    if (held || event.button !== 0 || !store.state.given) return;
    const place = at(event);
    held = grab(place);
    if (!held) return;
    pointer = event.pointerId;
    surface.setPointerCapture(pointer);
    surface.classList.add("by-hand"); // no focus ring while the pointer is used
    surface.focus({ preventScroll: true });
    store.set({ busy: true });
    held.move(place);
    event.preventDefault();
  });
  surface.addEventListener("pointermove", (event) => {
    if (held && event.pointerId === pointer) held.move(at(event));
  });
  const lift = (event) => {
    if (!held || event.pointerId !== pointer) return;
    held = null;
    store.set({ busy: false });
  };
  surface.addEventListener("pointerup", lift);
  surface.addEventListener("pointercancel", lift);
  surface.addEventListener("keydown", () => surface.classList.remove("by-hand"));
}
