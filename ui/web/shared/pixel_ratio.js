/** Pages that CSS enlarges: canvases need more pixels, and places on the screen are farther apart than in the page. */

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
