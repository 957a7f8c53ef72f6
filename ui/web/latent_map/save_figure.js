/** The plane as a figure for slides and papers: PNG as it is on the screen, SVG with every point a mark. */

import { download, h } from "../shared/dom.js";
import { drawDisc } from "../shared/layers/overlay.js";
import { prepareContext } from "../shared/plane_surface.js";
import { placeOf } from "../shared/projection.js";
import { createTransform } from "../shared/viewport.js";
import { createSvgContext } from "./svg_context.js";

/**
 * @param {"png" | "svg"} kind
 * @param {(g: Object) => void} paint  draws the plane on a context in CSS pixels
 */
export function saveFigure(kind, state, paint) {
  const { size, info, z, window: view } = state;
  if (!size || !view || !z) return;
  const name = `${info.id}-map.${kind}`;
  if (kind === "svg") {
    const g = createSvgContext(size, `${info.title}: the latent plane with the codes of ${info.data_title}`);
    paintAll(g, state, paint);
    return download(new Blob([g.text()], { type: "image/svg+xml" }), name);
  }
  const canvas = h("canvas");
  paintAll(prepareContext(canvas, size), state, paint);
  canvas.toBlob((blob) => download(blob, name), "image/png");
}

/** The plane, and z, which on the page is an element of its own. */
function paintAll(g, state, paint) {
  paint(g);
  const t = createTransform(state.window, state.size);
  const [a, b] = placeOf(state);
  drawDisc(g, t.x(a), t.y(b), 6, state.theme.accent, state.theme.paper, 2.5);
}
