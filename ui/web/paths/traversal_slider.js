/** One dimension of the chosen stop's code, moved by a slider while all others are held; and its traversal as a filmstrip. */

import { button, h, setText } from "../shared/dom.js";
import { axisName, fixed } from "../shared/format.js";
import { createPicture } from "../shared/picture.js";
import { paintGrid } from "./image_grid.js";

const SWEEP = Array.from({ length: 11 }, (_, k) => (k - 5) * 0.6); // -3 to 3, in units of z: the prior's sd is 1

/** The code z with number j replaced by each of the values. */
export const traversalOf = (z, j, values) => values.map((value) => z.map((own, k) => (k === j ? value : own)));

/** Paint dimension j of z, from -3 to 3. */
export function paintTraversal(canvas, z, j, { model, info }) {
  const codes = traversalOf(z, j, SWEEP);
  paintGrid(canvas, codes.length, codes.length, (n) => model.decode(codes[n]), info.image_shape);
}

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

  const shown = () => ["dimensions", "factors"].includes(state.task) && state.dimension !== null && state.dimension !== undefined && state.codes && state.stopCodes?.[state.chosen];
  store.on(["task", "dimension", "value", "stopCodes", "chosen"], () => {
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
  store.on(["task", "dimension", "stopCodes", "chosen"], () => {
    const z = shown();
    film.hidden = state.task !== "factors"; // the contact sheet shows it already
    if (!z || film.hidden) return;
    paintTraversal(film, z, state.dimension, state);
    film.setAttribute("aria-label", `${axisName(state.dimension)} from -3 to 3`);
  });
  return { element };
}
