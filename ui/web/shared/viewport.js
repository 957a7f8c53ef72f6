/** The view of the plane: what part of two latent dimensions it shows, at an equal scale on both axes. */

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
export function zoomWindow(t, factor, x = t.size / 2, y = t.size / 2) {
  const half = Math.min(WIDEST, Math.max(NARROWEST, t.window[2] / factor));
  const shrink = half / t.window[2];
  const [a, b] = [t.a(x), t.b(y)];
  return [a - (a - t.window[0]) * shrink, b - (b - t.window[1]) * shrink, half];
}

/** The window after dragging the picture by (dx, dy) pixels. */
export const panWindow = (t, dx, dy) => [t.window[0] - dx / t.scale, t.window[1] + dy / t.scale, t.window[2]];

/** The window at time u in [0, 1] between two: straight in the centre, geometric in the width. */
export const blendWindows = (from, to, u) => [
  from[0] + (to[0] - from[0]) * u,
  from[1] + (to[1] - from[1]) * u,
  from[2] * (to[2] / from[2]) ** u,
];

/** Where a bitmap that was made at transform `then` lies now: [x, y, size] in CSS pixels. */
export const placeBitmap = (then, now) => {
  const size = (then.size / then.scale) * now.scale;
  return [now.x(then.a(0)), now.y(then.b(0)), size];
};
