/** A grid between four corners, straight and by turns around the origin: A B above, C D below. */

import { h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { paintGrid } from "./filmstrips.js";
import { normOfCodes } from "./frame_metrics.js";
import { linear, spherical } from "./interpolation.js";

export const SIDE = 9;
export const CORNERS = 4;
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

/** @param {(state: Object) => string[]} complete  the stops with those that a grid still needs */
export function createGrid(store, complete) {
  const { state } = store;
  const parts = Object.entries(SORTS).map(([kind, [name, way]]) => createOne(store, kind, name, way));
  const element = h("section.grid-of-four", { "aria-label": "Grid of four" }, h("div.grids", {}, ...parts.map((part) => part.element)));

  store.on(["tab", "stops", "stopCodes", "codes"], () => {
    if (state.tab !== "grid" || !state.stopCodes || !state.codes) return;
    if (state.stops.length < CORNERS) store.set({ stops: complete(state) });
    else if (state.stopCodes.length >= CORNERS) for (const part of parts) part.paint();
  });
  return { element };
}

function createOne(store, kind, name, way) {
  const { state } = store;
  const canvas = h("canvas.pixels.film", { role: "img", "data-testid": `grid-${kind}` });
  const words = h("span.soft");
  const corners = ["A", "B", "C", "D"].map((letter) => h("span.corner", { "aria-hidden": "true" }, letter));
  const holder = h("div.film-holder", {}, canvas, ...corners);
  const element = h("figure.one-grid", {}, h("figcaption", {}, h("strong", {}, name), words), holder);

  function paint() {
    let codes;
    try {
      codes = gridOf(state.stopCodes.slice(0, CORNERS), way, SIDE).flat();
    } catch (error) {
      holder.hidden = true;
      return setText(words, error.message);
    }
    holder.hidden = false;
    paintGrid(canvas, codes.length, SIDE, (n) => state.model.decode(codes[n]), state.info.image_shape);
    canvas.setAttribute("aria-label", `${name} grid of ${SIDE} by ${SIDE} pictures between stops A, B, C and D`);
    const centre = codes[(codes.length - 1) / 2];
    setText(words, `‖z‖ is ${fixed(Math.hypot(...centre))} in the centre of the grid. It is about √D = ${fixed(Math.sqrt(centre.length))} for a draw from the prior, and about ${fixed(normOfCodes(state.codes))} for a code (a mean of q).`);
  }
  return { element, paint };
}
