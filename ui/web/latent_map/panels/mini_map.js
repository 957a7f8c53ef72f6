/** The map in small, beside a picture that is being drawn: there one sees where the encoder puts it as it changes. */

import { prepareContext } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { placeOf } from "../../shared/projection.js";
import { createTransform } from "../../shared/viewport.js";

/** @param {HTMLCanvasElement} map  the canvas of the map, which is painted before this one */
export function createMiniMap(store, map) {
  const { state } = store;
  const canvas = h("canvas.mini-map", { role: "img", "aria-label": "The map in small, with q(z|x) of your drawing", "data-testid": "mini-map" });
  const element = h("figure", { hidden: true }, canvas, h("figcaption", {}, h("strong", {}, "map"), h("span", {}, "q(z|x) and z")));

  store.on(["drawing", "q", "z", "window", "axes", "plane", "embedding", "rest", "theme", "size", "codes", "overlays", "points", "hidden", "peeked", "selected"], () => {
    element.hidden = !state.drawing;
    const side = canvas.clientWidth;
    if (element.hidden || !side || !state.window || !map.width) return;
    const g = prepareContext(canvas, side);
    g.drawImage(map, 0, 0, side, side);
    const t = createTransform(state.window, side);
    const [a, b] = placeOf(state);
    drawDisc(g, t.x(a), t.y(b), 3.5, state.theme.accent, state.theme.paper, 1.5);
  });
  return { element };
}
