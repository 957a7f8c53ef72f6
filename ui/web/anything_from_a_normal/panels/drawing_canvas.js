/**
 * Drawing a density: on the line its height at each knot, on the plane with a soft brush; by pointer and by keyboard.
 */

import { button, h, setText } from "../../shared/dom.js";
import { PICTURE, TOP } from "../../shared/drawn_density.js";
import { fixed } from "../../shared/format.js";
import { ARROWS_DOWN, ARROWS_SHOWN } from "../../shared/keyboard.js";
import { createBrush } from "../../shared/panels/drawing_canvas.js";
import { CURVE } from "../maps.js";

const TOOLS = { draw: "Draw", erase: "Erase", move: "Move the point" };
const RADIUS = 1.3; // of the brush, in knots
const HISTORY = 40;

/** @returns {{element: HTMLElement, active: () => boolean, begin: Function}} */
export function createDrawingCanvas(store) {
  const { state } = store;
  const brush = createBrush([1, PICTURE.side, PICTURE.side], 0);
  const pasts = { curve: [], picture: [] };
  const drawn = () => (state.map === "curve" ? "curve" : "picture");
  const buttons = Object.entries(TOOLS).map(([name, label]) => button(label, () => store.set({ tool: name }), { "data-tool": name }));
  const undo = button("Undo", () => pasts[drawn()].length && store.set({ [drawn()]: pasts[drawn()].pop() }), { "aria-label": "Undo the last stroke" });
  const clear = button("Clear", () => replace(new Float64Array(state[drawn()].length)));
  const element = h("div.row.easel-tools", { role: "group", "aria-label": "Drawing", hidden: true }, ...buttons, undo, clear);

  const active = () => (state.map === "curve" || state.map === "picture") && state.tool !== "move";

  function replace(values) {
    keep();
    store.set({ [drawn()]: values });
  }

  function keep() {
    const past = pasts[drawn()];
    past.push(state[drawn()]);
    if (past.length > HISTORY) past.shift();
  }

  /** A stroke from `place`; `move` is called with it and with every place after it. */
  function begin(place) {
    keep();
    let last = place;
    if (state.map === "picture") {
      brush.start(Float32Array.from(state.picture, (level) => level / TOP));
      brush.begin();
    }
    const stroke = state.map === "curve" ? bend : paint;
    return {
      move: (next) => {
        stroke(last, next);
        last = next;
      },
    };
  }

  /** The table's slow index is x1, so that it is the row of the brush's picture. */
  function paint(from, to) {
    const knot = (v) => ((v + PICTURE.half) / (2 * PICTURE.half)) * (PICTURE.side - 1) + 0.5;
    brush.line(knot(from.point[1]), knot(from.point[0]), knot(to.point[1]), knot(to.point[0]), RADIUS, [state.tool === "erase" ? 0 : 1]);
    store.set({ picture: Float64Array.from(brush.values, (v) => Math.round(v * TOP)), touched: true });
  }

  /** Every knot between the two places takes a height between theirs. */
  function bend(from, to) {
    const curve = state.curve.slice();
    const knot = ({ point: [x] }) => ((x - CURVE.low) / (CURVE.high - CURVE.low)) * (CURVE.knots - 1);
    const [a, b] = [knot(from), knot(to)];
    for (let k = Math.round(Math.min(a, b)); k <= Math.round(Math.max(a, b)); k++) {
      const s = a === b ? 1 : Math.min(1, Math.max(0, (k - a) / (b - a)));
      const height = from.height + s * (to.height - from.height);
      if (k >= 0 && k < CURVE.knots) curve[k] = state.tool === "erase" ? 0 : Math.round(TOP * Math.min(1, Math.max(0, height)));
    }
    store.set({ curve, touched: true });
  }

  store.on(["map", "tool", "curve", "picture"], () => {
    element.hidden = state.map !== "curve" && state.map !== "picture";
    for (const tool of buttons) tool.setAttribute("aria-pressed", String(tool.dataset.tool === state.tool));
    undo.disabled = pasts[drawn()].length === 0;
    clear.disabled = !state[drawn()]?.some(Boolean);
  });
  return { element, active, begin };
}

const STEP = 1 / 48; // of the plane's side
const EDGE = 0.02;

/**
 * Drawing by the keyboard: a mark that the arrow keys move over the plane, and that space paints at.
 * @param {{active: () => boolean, begin: (place: Object) => {move: (place: Object) => void}}} easel
 * @param {(across: number, down: number) => Object} placeAt  of shares of the plane's side, as `begin` takes places
 * @returns {{elements: HTMLElement[], active: () => boolean, bindings: Object[]}} what its keys do while it is active
 */
export function createKeyboardBrush(store, easel, placeAt) {
  const { state } = store;
  const mark = h("span.draw-at", { "aria-hidden": "true", hidden: true, "data-testid": "draw-at" });
  const live = h("span.unseen", { "aria-live": "polite" });
  let at = [0.5, 0.5];

  function show() {
    mark.hidden = !easel.active();
    Object.assign(mark.style, { left: `${100 * at[0]}%`, top: `${100 * at[1]}%` });
  }

  function press({ key, shiftKey }) {
    const arrow = ARROWS_DOWN[key];
    const from = placeAt(...at);
    if (arrow) at = at.map((share, k) => Math.min(1 - EDGE, Math.max(EDGE, share + arrow[k] * STEP)));
    const to = placeAt(...at);
    if (!arrow || shiftKey) {
      const stroke = easel.begin(from);
      stroke.move(from);
      stroke.move(to);
    }
    show();
    const height = state.dims === 1 ? `, height ${Math.round(100 * Math.min(1, to.height))} %` : "";
    setText(live, `x at ${to.point.map((value) => fixed(value)).join(", ")}${height}.`);
  }

  store.on(["map", "tool"], show);
  const bindings = [
    { keys: Object.keys(ARROWS_DOWN), shown: ARROWS_SHOWN, words: "Move the mark; with Shift draw a line", act: press },
    { keys: [" "], shown: "Space", words: "Draw at the mark", act: press },
  ];
  return { elements: [mark, live], active: easel.active, bindings };
}
