/** Above the plane: what to lay over it, and which plane of many dimensions it is. */

import { button, h, select } from "../../shared/dom.js";
import { axisName } from "../../shared/format.js";
import { PLANES, projectionOf } from "../../shared/projection.js";
import { createUmapProgress } from "../umap.js";

const NAMES = { prior: "Prior", manifold: "Decoded grid", density: "Density of q(z)", metric: "Stretch" };
const OVERLAYS = Object.keys(NAMES);
const TITLES = {
  prior: "Circles of the prior at 1, 2 and 3 standard deviations",
  manifold: "Decoded pictures on a grid that refines as you zoom in",
  density: "The aggregate posterior: the mean of all encoder posteriors",
  metric: "How fast the decoded picture changes there: the volume of the pull-back metric",
};
const PLANE_NAMES = { dimensions: "two dimensions", pca: "PCA", umap: "UMAP" };
const WHERE = { prior: ["dimensions", "pca"], manifold: ["dimensions", "pca"], density: ["dimensions"], metric: ["dimensions", "pca"] };

/** @param {{cancel: () => void}} embedder */
export function createToolbar(store, session, embedder) {
  const { state } = store;
  const toggle = (name) => store.set({ overlays: OVERLAYS.filter((o) => (o === name) !== state.overlays.includes(o)) });
  const chips = OVERLAYS.map((name) => button(NAMES[name], () => toggle(name), { class: "chip", title: TITLES[name] }));
  const opacity = h("input", { type: "range", min: "0", max: "100", step: "5", title: "How opaque the points are: 0 hides them", "data-testid": "points", oninput: () => store.set({ points: Number(opacity.value) }) });
  const points = h("label.faint", {}, h("span", {}, "Points"), opacity);
  const plane = select("plane", [], session.choosePlane, { "data-testid": "plane-of" });
  const axes = [0, 1].map((side) => select(side ? "up" : "across", [], (value) => choose(side, Number(value))));
  const pair = h("div.axes", { role: "group", "aria-label": "Dimensions shown" }, ...axes.map((axis) => axis.element));
  const planes = h("div.axes", { hidden: true }, plane.element, pair);
  const waiting = createUmapProgress(store, embedder);

  function choose(side, j) {
    const next = state.axes.slice();
    if (next[1 - side] === j) next[1 - side] = next[side]; // choosing the other one swaps them
    next[side] = j;
    store.set({ axes: next, selected: null, draft: null });
  }

  store.on(["overlays", "plane", "embedding", "codes"], () => {
    const { kind } = projectionOf(state);
    chips.forEach((chip, k) => {
      chip.setAttribute("aria-pressed", String(state.overlays.includes(OVERLAYS[k])));
      chip.disabled = !WHERE[OVERLAYS[k]].includes(kind);
    });
  });
  store.on(["info"], () => {
    const { latent_dim: D, umap } = state.info;
    planes.hidden = D <= 2;
    chips[OVERLAYS.indexOf("metric")].hidden = D < 2;
    plane.list.replaceChildren(...PLANES.filter((name) => name !== "umap" || umap).map((name) => h("option", { value: name }, PLANE_NAMES[name])));
    for (const { list } of axes) list.replaceChildren(...Array.from({ length: D }, (_, j) => h("option", { value: j }, axisName(j))));
  });
  store.on(["points"], () => (opacity.value = state.points));
  store.on(["info", "axes"], () => axes.forEach(({ list }, side) => (list.value = state.axes[side])));
  store.on(["info", "plane"], () => {
    plane.list.value = state.plane;
    pair.hidden = state.plane !== "dimensions";
  });
  const element = h("div.bars", {}, h("div.bar", {}, h("div.chips", { role: "group", "aria-label": "Overlays" }, ...chips, points), planes), waiting);
  return { element };
}
