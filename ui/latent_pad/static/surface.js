/** What every plane of z has: tools, a handle at z, a window that moves, a canvas in CSS pixels. */

import { drawing, h } from "./dom.js";
import { between, createTransform, zoomed } from "./transform.js";

export const PLUS = "M10 4v12M4 10h12";
export const MINUS = "M4 10h12";
export const HOME = "M4 9V4h5M16 11v5h-5M4 4l5 5M16 16l-5-5M11 4h5v5M9 16H4v-5M16 4l-5 5M4 16l5-5";
export const LENS = "M9 3.5a5.5 5.5 0 1 0 .01 0M13 13l4 4M6.5 9a2.5 1.5 0 1 0 5 0a2.5 1.5 0 1 0 -5 0";
export const HAND = "M10 3v14M3 10h14M10 3l-2 2M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2";
const TICKS = "M24 13V2M24 35v11M13 24H2M35 24h11"; // of the handle of z: what is under it stays to be seen
const DOT = "M24 18a6 6 0 1 0 .01 0";

export const createHandle = () =>
  h("div.handle", { hidden: true, "aria-hidden": "true" }, drawing("0 0 48 48", TICKS, TICKS, DOT));

export function placeHandle(handle, { z, axes: [i, j], window, size }) {
  handle.hidden = !(z && window && size);
  if (handle.hidden) return;
  const t = createTransform(window, size);
  handle.style.transform = `translate(${t.x(z[i])}px, ${t.y(z[j])}px)`;
}

export function showProgress(surface, veil, progress) {
  veil.hidden = !progress;
  veil.textContent = progress ?? "";
  surface.setAttribute("aria-busy", String(!!progress));
}

/**
 * Moves of the window: at once while a hand is on it, eased from a button or a key.
 * @param {(state: Object) => number[]} around  the window that `focus` moves to
 */
export function createView(store, around) {
  const { state } = store;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;

  function moveTo(target, { ease = false } = {}) {
    cancelAnimationFrame(frame);
    if (!ease || still.matches || !state.window) return store.set({ window: target });
    const from = state.window;
    const begin = performance.now();
    const step = (now) => {
      const u = Math.min(1, Math.max(0, (now - begin) / 180));
      store.set({ window: u < 1 ? between(from, target, 1 - (1 - u) ** 3) : target });
      if (u < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  }

  const transform = () => createTransform(state.window, state.size);
  return {
    transform,
    moveTo,
    zoom: (factor) => state.window && moveTo(zoomed(transform(), factor), { ease: true }),
    focus: () => moveTo(around(state), { ease: true }),
    home: () => moveTo([0, 0, state.home], { ease: true }),
    stop: () => cancelAnimationFrame(frame),
  };
}

/** A context in CSS pixels on an opaque canvas of device pixels. */
export function prepare(canvas, size) {
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round(size * ratio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const g = canvas.getContext("2d", { alpha: false });
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}
