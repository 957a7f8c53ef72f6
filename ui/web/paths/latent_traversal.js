/**
 * Latent traversals: one dimension of the chosen stop's code is moved while all others are held, by a slider, or from -3 to
 * 3 as a row of pictures.
 */

import { button, h, setText } from "../shared/dom.js";
import { axisName, fixed, plural } from "../shared/format.js";
import { createPicture } from "../shared/picture.js";
import { paintGrid } from "./filmstrips.js";

export const FIRST = 24; // rows that are shown before the rest is asked for

/** The contact sheet: every active dimension of the chosen stop's code swept, most informative first; a row is a slider. */
export function createTraversalSheet(store) {
  const { state } = store;
  const rows = h("div.sheet-rows");
  const words = h("p.caption", { "data-testid": "sheet-words" });
  const more = button("Show all", () => store.set({ allRows: true }), { hidden: true });
  const element = h("section.sheet", { "aria-label": "One dimension at a time" }, words, rows, more);

  store.on(["tab", "stopCodes", "codes", "chosen", "allRows"], () => {
    const z = state.stopCodes?.[state.chosen];
    if (state.tab !== "dimensions" || !z || !state.codes) return;
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

const SWEEP = Array.from({ length: 11 }, (_, k) => (k - 5) * 0.6); // -3 to 3, in units of z: the prior's sd is 1

/** The code z with number j replaced by each of the values. */
export const traversalOf = (z, j, values) => values.map((value) => z.map((own, k) => (k === j ? value : own)));

/** Paint dimension j of z, from -3 to 3. */
function paintTraversal(canvas, z, j, { model, info }) {
  const codes = traversalOf(z, j, SWEEP);
  paintGrid(canvas, codes.length, codes.length, (n) => model.decode(codes[n]), info.image_shape);
}

/** One dimension of the chosen stop's code, moved by a slider; and its traversal as a filmstrip. */
export function createTraversalSlider(store) {
  const { state } = store;
  const picture = createPicture("The decoded picture", { "data-testid": "swept" });
  const name = h("em.name.shown");
  const slider = h("input", { type: "range", min: "-4", max: "4", step: "0.01", "data-testid": "sweep", oninput: () => store.set({ value: Number(slider.value), busy: true }), onchange: () => store.set({ busy: false }) });
  const output = h("output");
  const words = h("p.caption");
  const film = h("canvas.pixels.film", { role: "img", "data-testid": "sweep-film" });
  const back = button("Back to the picture's own", () => store.set({ value: own() }));
  const element = h("section.sweeper", { "aria-label": "One dimension moved", hidden: true }, picture.canvas, h("div.half", {}, h("label.slider", {}, name, slider, output), film, words, back));
  const own = () => state.stopCodes[state.chosen][state.dimension];

  const shown = () => ["dimensions", "factors"].includes(state.tab) && state.dimension !== null && state.dimension !== undefined && state.codes && state.stopCodes?.[state.chosen];
  store.on(["tab", "dimension", "value", "stopCodes", "chosen"], () => {
    const z = shown();
    element.hidden = !z;
    if (!z) return;
    picture.show(state.model.decode(traversalOf(z, state.dimension, [state.value])[0]), state.info.image_shape);
    slider.value = state.value;
    slider.setAttribute("aria-label", `Value of ${axisName(state.dimension)}`);
    setText(name, axisName(state.dimension));
    setText(output, fixed(state.value));
    setText(words, `The picture's own value is ${fixed(own())}. All other numbers of its code are held.`);
  });
  store.on(["tab", "dimension", "stopCodes", "chosen"], () => {
    const z = shown();
    film.hidden = state.tab !== "factors"; // the contact sheet shows it already
    if (!z || film.hidden) return;
    paintTraversal(film, z, state.dimension, state);
    film.setAttribute("aria-label", `${axisName(state.dimension)} from -3 to 3`);
  });
  return { element };
}
