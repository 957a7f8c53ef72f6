/** The keyboard: the directions of the arrow keys, and what the keys do on the plane of z. */

import { nearestPoint } from "./nearest.js";
import { placeOf, projectionOf } from "./projection.js";

// Directions of the arrow keys, [right, up] and [right, down].
export const ARROWS_UP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }; // on a plane
export const ARROWS_DOWN = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }; // in a picture or a table

const STEP = 0.1; // in units of z; a tenth of it with shift

/** @returns {() => void} stops listening */
export function listenKeys(surface, store, session, view, selecting) {
  const { state } = store;

  const actions = {
    "+": () => view.zoom(1.25),
    "=": () => view.zoom(1.25),
    "-": () => view.zoom(1 / 1.25),
    _: () => view.zoom(1 / 1.25),
    0: () => view.home(),
    Escape: () => selecting?.cancel() || session.clear(),
    Enter: () => (state.draft ? selecting.finish() : chooseNearest()),
    ...(selecting && { b: beginBox, B: beginBox }),
  };

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

  function chooseNearest() {
    if (!state.codes) return;
    const { index } = nearestPoint(projectionOf(state).points, 2, [0, 1], ...placeOf(state), state.hiddenMask);
    if (index >= 0) session.chooseImage(index);
  }

  function press(event) {
    if (!state.z || !state.window || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS_UP) nudge(ARROWS_UP[event.key], event.shiftKey ? STEP / 10 : STEP);
    else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }
  surface.addEventListener("keydown", press);
  return () => surface.removeEventListener("keydown", press);
}
