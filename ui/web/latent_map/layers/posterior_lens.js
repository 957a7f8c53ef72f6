/** A lens in a corner of the plane: q(z|x), too small to be seen on the plane itself, with its surroundings to scale. */

import { paperContext } from "../../shared/canvas.js";
import { button, h, setText } from "../../shared/dom.js";
import { drawPosterior } from "../../shared/layers/overlay.js";
import { createPointLayer } from "../../shared/layers/points.js";
import { projectionOf } from "../../shared/projection.js";
import { createTransform } from "../../shared/viewport.js";

const SEEN = 40; // pixels: an ellipse this wide needs no lens
const WIDTHS = 6; // standard deviations from the middle of the lens to its edge

/** @param {() => void} focus  moves the plane's view to q */
export function createPosteriorLens(store, focus) {
  const { state } = store;
  const canvas = h("canvas", { "aria-hidden": "true" });
  const words = h("span");
  const element = button(canvas, focus, { class: "lens", hidden: true, title: "Zoom the map to q(z|x)", "data-testid": "lens" });
  element.append(words);
  const points = createPointLayer(() => store.set({ lens: {} }));

  store.on(["q", "axes", "plane", "embedding", "codes", "window", "size", "theme", "hidden", "lens"], () => {
    const { q, size, window, theme, home } = state;
    const { ellipse, points: codes } = projectionOf(state);
    const shape = q && size && window && ellipse?.(q);
    const radius = shape ? Math.max(shape.ra, shape.rb) : 0;
    const t = shape && createTransform(window, size);
    element.hidden = !shape || 2 * radius * t.scale >= SEEN;
    if (element.hidden) return;
    element.classList.toggle("low", t.x(shape.a) < size / 2 && t.y(shape.b) < size / 2);
    const side = canvas.clientWidth || 132;
    const near = createTransform([shape.a, shape.b, WIDTHS * radius], side);
    const g = paperContext(canvas, side, side, theme);
    const scene = { codes, axes: [0, 1], model: { latentDim: 2 }, theme, hidden: state.hidden, hiddenMask: state.hiddenMask, members: null, home };
    points.draw(g, near, scene, { faint: true });
    drawPosterior(g, near, theme, shape);
    const closer = near.scale / t.scale;
    setText(words, `q(z|x), ${closer < 10 ? closer.toFixed(1) : Math.round(closer)} × larger`);
  });
  return { element, stop: points.stop };
}
