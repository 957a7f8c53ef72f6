/** z under the finger: dragged over a canvas, or moved by the arrow keys. */

import { placeIn } from "../../shared/canvas.js";

export const Z_HALF = 3; // of what is shown of z
const STEP = 0.1; // of an arrow key
const KEYS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

const clamp = (value) => Math.min(Z_HALF, Math.max(-Z_HALF, value));

/** The canvas spans [-Z_HALF, Z_HALF] across and, if z has two numbers, up; on a line only the first number is moved. */
export function listenZ(canvas, store, dims) {
  const { state } = store;
  const place = (...z) => store.set({ under: state.under.map((value, k) => (k < dims ? clamp(z[k]) : value)) });
  const move = (event) => {
    const [across, down] = placeIn(canvas, event);
    place((across / canvas.clientWidth) * 2 * Z_HALF - Z_HALF, Z_HALF - (down / canvas.clientHeight) * 2 * Z_HALF);
  };
  canvas.addEventListener("pointerdown", (event) => (canvas.setPointerCapture(event.pointerId), move(event)));
  canvas.addEventListener("pointermove", (event) => event.buttons && move(event));
  canvas.addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (!step?.slice(0, dims).some(Boolean)) return;
    event.preventDefault();
    place(...state.under.map((value, k) => value + step[k]));
  });
}
