/**
 * Canvases in CSS pixels. Where CSS enlarges the page they need more pixels, and places on the screen are farther apart
 * than in the page.
 */

let zoom = 1;

/** Tell how far CSS enlarges the page. */
export const enlarge = (by) => (zoom = by);

/** Pixels of the screen in one CSS pixel of a canvas. */
export const pixelRatio = () => (window.devicePixelRatio || 1) * zoom;

/** A pointer's place in CSS pixels of `element` from the corner of its box, border included. */
export function placeIn(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  const scale = element.offsetWidth / box.width || 1;
  return [(clientX - box.left) * scale, (clientY - box.top) * scale];
}

/** A context in CSS pixels on an opaque canvas of device pixels, square unless its height is given. What was there stays. */
export function prepareContext(canvas, width, height = width) {
  const ratio = pixelRatio();
  const [across, down] = [width, height].map((side) => Math.round(side * ratio));
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const g = canvas.getContext("2d", { alpha: false });
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}

/** The same on a canvas that is cleared to paper. */
export function paperContext(canvas, width, height, { paper }) {
  const g = prepareContext(canvas, width, height);
  g.globalAlpha = 1;
  g.fillStyle = paper;
  g.fillRect(0, 0, Math.ceil(width), Math.ceil(height));
  return g;
}

/** The same on a canvas through which the page is seen, and which is empty. */
export function emptyContext(canvas, width, height) {
  const ratio = pixelRatio();
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}
