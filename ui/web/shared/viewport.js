/**
 * The viewport of a plane: what part of two latent dimensions it shows, at an equal scale on both axes; and how buttons,
 * two fingers and the wheel move and zoom it.
 */

import { placeIn } from "./canvas.js";

export const NARROWEST = 0.02;
export const WIDEST = 60;

/**
 * @param {number[]} window  [centre a, centre b, half the width], in units of z
 * @param {number} size  the side of the plane in CSS pixels
 */
export function createTransform([ca, cb, half], size) {
  const scale = size / (2 * half); // pixels per unit of z, both axes
  return {
    size,
    scale,
    window: [ca, cb, half],
    x: (a) => (a - ca) * scale + size / 2,
    y: (b) => size / 2 - (b - cb) * scale,
    a: (x) => ca + (x - size / 2) / scale,
    b: (y) => cb - (y - size / 2) / scale,
  };
}

/** The window after zooming by `factor` (above 1: closer) with the point under pixel (x, y) kept in place. */
function zoomWindow(t, factor, x = t.size / 2, y = t.size / 2) {
  const half = Math.min(WIDEST, Math.max(NARROWEST, t.window[2] / factor));
  const shrink = half / t.window[2];
  const [a, b] = [t.a(x), t.b(y)];
  return [a - (a - t.window[0]) * shrink, b - (b - t.window[1]) * shrink, half];
}

/** The window after dragging the picture by (dx, dy) pixels. */
const panWindow = (t, dx, dy) => [t.window[0] - dx / t.scale, t.window[1] + dy / t.scale, t.window[2]];

/** The window at time u in [0, 1] between two: straight in the centre, geometric in the width. */
const blendWindows = (from, to, u) => [
  from[0] + (to[0] - from[0]) * u,
  from[1] + (to[1] - from[1]) * u,
  from[2] * (to[2] / from[2]) ** u,
];

/** Where a bitmap that was made at transform `then` lies now: [x, y, size] in CSS pixels. */
export const placeBitmap = (then, now) => {
  const size = (then.size / then.scale) * now.scale;
  return [now.x(then.a(0)), now.y(then.b(0)), size];
};

// Two fingers and the wheel. Places are [x, y] in CSS pixels of the surface.

export const CLICK = 4; // pixels that a click may move

/** Move the view with one finger, which goes from `last` to `at`. */
export const panView = (view, last, at) => view.moveTo(panWindow(view.transform(), at[0] - last[0], at[1] - last[1]));

/**
 * Move and zoom the view with two fingers, of which one goes to `at`.
 * @param {Map<number, number[]>} fingers  where each was
 * @param {number} id  of the finger that moves
 */
export function pinchView(view, fingers, id, at) {
  const other = [...fingers].find(([key]) => key !== id)[1];
  const last = fingers.get(id);
  const middle = (p) => p.map((value, k) => (value + other[k]) / 2);
  const apart = (p) => Math.max(10, Math.hypot(p[0] - other[0], p[1] - other[1]));
  panView(view, middle(last), middle(at));
  view.moveTo(zoomWindow(view.transform(), apart(at) / apart(last), ...middle(at)));
}

/** Zoom the view by the wheel; the page scrolls as usual unless the surface has the focus or a modifier is down. */
export function zoomByWheel(view, surface, event) {
  const focused = surface.getRootNode().activeElement === surface;
  if (!(focused || event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  view.moveTo(zoomWindow(view.transform(), Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.008 : 0.002)), ...placeIn(surface, event)));
}

/**
 * Moves of the window: at once while it is dragged, eased from a button or a key.
 * @param {(state: Object) => number[]} around  the window that `focus` moves to
 */
export function createWindowControl(store, around) {
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
      store.set({ window: u < 1 ? blendWindows(from, target, 1 - (1 - u) ** 3) : target });
      if (u < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  }

  const transform = () => createTransform(state.window, state.size);
  return {
    transform,
    moveTo,
    zoom: (factor) => state.window && moveTo(zoomWindow(transform(), factor), { ease: true }),
    focus: () => moveTo(around(state), { ease: true }),
    home: () => moveTo([0, 0, state.home], { ease: true }),
    stop: () => cancelAnimationFrame(frame),
  };
}
