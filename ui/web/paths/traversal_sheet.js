/** The contact sheet: every active dimension of the chosen stop's code swept, most informative first; a row is a slider. */

import { button, h, setText } from "../shared/dom.js";
import { axisName, fixed, plural } from "../shared/format.js";
import { paintTraversal } from "./traversal_slider.js";

export const FIRST = 24; // rows that are shown before the rest is asked for

export function createTraversalSheet(store) {
  const { state } = store;
  const rows = h("div.sheet-rows");
  const words = h("p.caption", { "data-testid": "sheet-words" });
  const more = button("Show all", () => store.set({ allRows: true }), { hidden: true });
  const element = h("section.sheet", { "aria-label": "One dimension at a time" }, words, rows, more);

  store.on(["task", "stopCodes", "codes", "chosen", "allRows"], () => {
    const z = state.stopCodes?.[state.chosen];
    if (state.task !== "dimensions" || !z || !state.codes) return;
    const { order, idle } = dimensionsByRate(state.info);
    const shown = state.allRows ? order : order.slice(0, FIRST);
    more.hidden = shown.length === order.length;
    setText(words, wordsOf(idle));
    rows.replaceChildren(...shown.map((j) => createRow(store, z, j)));
    mark(rows, state.dimension);
  });
  store.on(["dimension"], () => mark(rows, state.dimension));
  return { element };
}

/** Active dimensions by falling rate, and those that carry next to nothing. */
export function dimensionsByRate({ latent_dim: D, rate_per_dimension: rates, active }) {
  const all = Array.from({ length: D }, (_, j) => j);
  const order = all.filter((j) => active[j]).sort((i, j) => rates[j] - rates[i]);
  return { order, idle: all.filter((j) => !active[j]) };
}

function wordsOf(idle) {
  const swept = "From left to right the number goes from -3 to 3; the middle is 0. The bar is the rate of the dimension, in nats. Click a row to move it by a slider.";
  if (!idle.length) return swept;
  return `${swept} ${plural(idle.length, "dimension")} (${idle.slice(0, 12).map(axisName).join(", ")}${idle.length > 12 ? ", …" : ""}) carry next to nothing: they hardly change the picture.`;
}

function createRow(store, z, j) {
  const { state } = store;
  const { info } = state;
  const canvas = h("canvas.pixels.film", { role: "presentation" });
  paintTraversal(canvas, z, j, state);
  const rate = info.rate_per_dimension[j];
  const bar = h("span.rate", { "aria-hidden": "true" });
  bar.style.setProperty("--share", Math.max(0, rate) / Math.max(1e-9, ...info.rate_per_dimension));
  const label = `Move ${axisName(j)}, rate ${fixed(rate)} nats`;
  const row = button("", () => store.set({ dimension: j, value: z[j] }), { class: "sheet-row", "data-testid": "sheet-row", "data-dimension": j, "aria-label": label });
  row.append(h("span.sheet-name", {}, h("em", {}, axisName(j)), bar, h("span.unit", {}, fixed(rate))), canvas);
  return row;
}

function mark(rows, dimension) {
  for (const row of rows.children) row.setAttribute("aria-pressed", String(Number(row.dataset.dimension) === dimension));
}
