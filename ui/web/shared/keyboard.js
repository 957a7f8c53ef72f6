/** The keyboard: the directions of the arrow keys, and what the keys do on the plane of z. */

import { listBindings, pressKey } from "./key_bindings.js";
import { nearestPoint } from "./nearest.js";
import { placeOf, projectionOf } from "./projection.js";

// Directions of the arrow keys, [right, up] and [right, down].
export const ARROWS_UP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }; // on a plane
export const ARROWS_DOWN = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }; // in a picture or a table

export const ARROWS_SHOWN = "← → ↑ ↓"; // in a list of keys

const STEP = 0.1; // in units of z; a tenth of it with shift

/** @returns {() => void} stops listening */
export function listenKeys(surface, store, session, view, selecting) {
  const { state } = store;

  const bindings = [
    {
      keys: Object.keys(ARROWS_UP), shown: ARROWS_SHOWN, words: "Move z; with Shift in smaller steps",
      act: ({ key, shiftKey }) => nudge(ARROWS_UP[key], shiftKey ? STEP / 10 : STEP),
    },
    { keys: ["Enter"], shown: "Enter", words: "Choose the image nearest to z", act: chooseOrFinish },
    { keys: ["Escape"], shown: "Esc", words: "Choose nothing", act: () => selecting?.cancel() || session.clear() },
    { keys: ["+", "="], shown: "+", words: "Zoom in", act: () => view.zoom(1.25) },
    { keys: ["-", "_"], shown: "−", words: "Zoom out", act: () => view.zoom(1 / 1.25) },
    { keys: ["0"], shown: "0", words: "Show everything", act: () => view.home() },
    { keys: [], shown: "Alt ←", words: "Go back to the view before: the browser's Back", act: () => {} }, // the browser's own
  ];
  const box = "Begin a box at z; the arrow keys open it, Enter selects what is inside";
  if (selecting) bindings.push({ keys: ["b", "B"], shown: "B", words: box, act: beginBox });

  /** One corner is where z is now; the other goes with z until Enter. */
  function beginBox() {
    if (!state.codes || state.info.near === undefined) return;
    store.set({ tool: "box", missed: null });
    selecting.begin(placeOf(state));
  }

  function nudge([da, db], step) {
    const moved = (value, d) => (d ? Math.round((value + d * step) * 1e4) / 1e4 : value);
    const [a, b] = placeOf(state);
    store.set({ ...projectionOf(state).move(state.z, moved(a, da), moved(b, db)), touched: true });
    if (state.draft) selecting.extend(placeOf(state));
  }

  function chooseOrFinish() {
    if (state.draft) return selecting.finish();
    if (!state.codes) return;
    const { index } = nearestPoint(projectionOf(state).points, 2, [0, 1], ...placeOf(state), state.hiddenMask);
    if (index >= 0) session.chooseImage(index);
  }

  function press(event) {
    if (state.z && state.window) pressKey(bindings, event);
  }
  surface.addEventListener("keydown", press);
  listBindings(surface, "On the plane of z", () => bindings);
  return () => surface.removeEventListener("keydown", press);
}
