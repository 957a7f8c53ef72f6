/** A grid between four corners, straight and by turns around the origin: A B above, C D below. */

import { button, h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { paintGrid } from "./filmstrips.js";
import { normOfCodes } from "./frame_metrics.js";
import { linear, spherical } from "./interpolation.js";

export const SIDE = 9;
export const SORTS = { linear: ["Bilinear", linear], spherical: ["Spherical", spherical] };

/** Codes between four corners [2, 2], row by row: the left and the right edge, then each row between them. */
export function gridOf([a, b, c, d], way, side) {
  const [left, right] = [way(a, c), way(b, d)];
  const even = (k) => k / (side - 1);
  return Array.from({ length: side }, (_, row) => {
    const across = way(left(even(row)), right(even(row)));
    return Array.from({ length: side }, (_, column) => across(even(column)));
  });
}

export function createGrid(store) {
  const { state } = store;
  const parts = Object.entries(SORTS).map(([kind, [name, way]]) => createOne(store, kind, name, way));
  const fill = button("Add random stops", () => store.set({ stops: filled(state) }), { "data-testid": "fill-grid" });
  const lacking = h("p.message", { role: "alert", hidden: true, "data-testid": "grid-problem" });
  const both = h("div.grids", {}, ...parts.map((part) => part.element));
  const element = h("section.grid-of-four", { "aria-label": "Grid of four" }, lacking, fill, both);

  store.on(["task", "stopCodes", "codes"], () => {
    if (state.task !== "grid" || !state.stopCodes || !state.codes) return;
    const few = state.stopCodes.length < 4;
    lacking.hidden = fill.hidden = both.hidden = false;
    lacking.hidden = fill.hidden = !few;
    both.hidden = few;
    setText(lacking, `A grid needs four corners, and there are ${state.stopCodes.length} stops.`);
    if (!few) for (const part of parts) part.paint();
  });
  return { element };
}

function filled({ stops, info }) {
  const step = Math.max(1, Math.floor(info.count / 7));
  const first = Number(stops[0]) || 0;
  return [...stops, ...Array.from({ length: 4 - stops.length }, (_, k) => String((first + (k + 1) * step) % info.count))];
}

function createOne(store, kind, name, way) {
  const { state } = store;
  const canvas = h("canvas.pixels.film", { role: "img", "data-testid": `grid-${kind}` });
  const words = h("span.soft");
  const element = h("figure.one-grid", {}, h("figcaption", {}, h("strong", {}, name), words), canvas);

  function paint() {
    let codes;
    try {
      codes = gridOf(state.stopCodes.slice(0, 4), way, SIDE).flat();
    } catch (error) {
      canvas.hidden = true;
      return setText(words, error.message);
    }
    canvas.hidden = false;
    paintGrid(canvas, codes.length, SIDE, (n) => state.model.decode(codes[n]), state.info.image_shape);
    canvas.setAttribute("aria-label", `${name} grid of ${SIDE} by ${SIDE} pictures`);
    const centre = codes[(codes.length - 1) / 2];
    setText(words, `In the centre ‖z‖ = ${fixed(Math.hypot(...centre))}; a draw of the prior has about √D = ${fixed(Math.sqrt(centre.length))}, a code, which is a mean of q, ${fixed(normOfCodes(state.codes))}.`);
  }
  return { element, paint };
}
