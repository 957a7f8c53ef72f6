/** The keyboard on the plane. */

import { nearestPoint } from "./nearest.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1; // in units of z; a tenth of it with shift

/** @returns {() => void} stops listening */
export function listenKeys(surface, store, session, view) {
  const { state } = store;

  const actions = {
    "+": () => view.zoom(1.25),
    "=": () => view.zoom(1.25),
    "-": () => view.zoom(1 / 1.25),
    _: () => view.zoom(1 / 1.25),
    0: () => view.home(),
    Escape: () => session.clear(),
    Enter: chooseNearest,
  };

  function nudge([da, db], step) {
    const z = state.z.slice();
    const [i, j] = state.axes;
    const move = (k, d) => (z[k] = Math.round((z[k] + d * step) * 1e4) / 1e4);
    if (da) move(i, da);
    if (db) move(j, db);
    store.set({ z, touched: true });
  }

  function chooseNearest() {
    if (!state.codes) return;
    const [i, j] = state.axes;
    const { index } = nearestPoint(state.codes, state.model.latentDim, state.axes, state.z[i], state.z[j], state.hiddenMask);
    if (index >= 0) session.chooseImage(index);
  }

  function press(event) {
    if (!state.z || !state.window || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) nudge(ARROWS[event.key], event.shiftKey ? STEP / 10 : STEP);
    else if (Object.hasOwn(actions, event.key)) actions[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  }
  surface.addEventListener("keydown", press);
  return () => surface.removeEventListener("keydown", press);
}
