/** Below the plane: what there is to see, what the plane keeps of many dimensions, and what is held. */

import { debounce, h, setText } from "../../shared/dom.js";
import { axisName, count, fixed, plural, vector } from "../../shared/format.js";
import { createColorScale, gradientOf } from "../../shared/palette.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { placeOf, projectionOf } from "../../shared/projection.js";
import { createSaveButton } from "../../shared/save_dialog.js";
import { imageName } from "../thumbnails.js";

/** @param {() => import("../../shared/figure.js").Figure} figureOf  the map */
export function createCaption(store, figureOf) {
  const { state } = store;
  const lead = h("p");
  const held = h("p.held", { hidden: true });
  const shade = h("p", { hidden: true });
  const problem = h("p.message", { role: "alert", hidden: true });
  const summary = h("p.unseen", { id: "summary" });
  const live = h("p.unseen", { "aria-live": "polite" });
  const detail = h("p", { hidden: true, "data-testid": "detail" });
  const kept = h("p", { hidden: true, "data-testid": "kept" });
  const saver = h("div.row.save", {}, createSaveButton("↓ Figure", "the map", figureOf));
  const stretch = createStretch(store);
  const element = h("div.caption", {}, problem, stretch, lead, detail, kept, held, shade, summary, live, h("div.row.foot", {}, createExplanations(store, ["plane"]), saver));

  store.on(["info", "codes"], () => state.info && setText(lead, leadOf(state)));
  store.on(["info", "codes", "axes", "plane", "embedding"], () => {
    const words = state.codes && keptOf(projectionOf(state), state);
    kept.hidden = !words;
    setText(kept, words || "");
  });
  store.on(["z", "axes", "plane", "embedding", "codes", "info"], () => {
    const words = state.z && state.info?.latent_dim > 2 && heldOf(projectionOf(state), state);
    held.hidden = !words;
    if (words) setText(held, words);
  });
  store.on(["overlays", "codes", "plane", "embedding"], () => {
    shade.hidden = !state.overlays.includes("density") || !state.codes || projectionOf(state).kind !== "dimensions";
    if (!shade.hidden) setText(shade, `Shade: q(z), the mean of ${count(state.codes.count)} encoder posteriors q(z|x). A stronger colour means a higher density. It is exact in each cell.`);
  });
  store.on(["detail"], () => {
    const some = state.detail && state.detail.shown < state.detail.total;
    detail.hidden = !some;
    if (some) setText(detail, `${count(state.detail.shown)} of the ${count(state.detail.total)} points here are drawn, the same share everywhere. Zoom in to see all.`);
  });
  store.on(["problem"], () => {
    problem.hidden = !state.problem;
    setText(problem, state.problem ?? "");
  });
  const speak = debounce(() => {
    const text = summaryOf(state);
    setText(summary, text);
    if (element.getRootNode().activeElement?.matches?.(".surface")) setText(live, text);
  }, 500);
  store.on(["z", "x", "drawing", "model"], speak);
  return { element, stop: speak.cancel };
}

/** The colours of the decoder's stretch, and its value at z. */
function createStretch(store) {
  const { state } = store;
  const [low, high] = [h("span.number"), h("span.number")];
  const colours = h("span.colours", { "aria-hidden": "true" });
  const here = h("span", { "data-testid": "stretch" });
  const words = "Stretch: log √det JᵀJ of the decoder's mean, J its Jacobian along the plane. Where it is high a small step changes the picture much.";
  const element = h("div.stretch", { hidden: true }, h("div.row", {}, low, colours, high, here), h("p", {}, words), createExplanations(store, ["metric"]));
  store.on(["metric", "theme"], () => {
    element.hidden = !state.metric;
    if (element.hidden) return;
    colours.style.background = gradientOf(createColorScale(state.theme.dark));
    setText(low, fixed(state.metric.low, 1));
    setText(high, fixed(state.metric.high, 1));
  });
  store.on(["metric", "z", "plane", "axes"], () => {
    if (state.metric && state.z) setText(here, `at z: ${fixed(state.metric.at(...placeOf(state)))} (grid of ${state.metric.cells} × ${state.metric.cells})`);
  });
  return element;
}

function leadOf({ info, codes }) {
  const what = `${codes ? count(codes.count) : "The"} ${info.split} images of ${info.data_title}, each at the mean of its q(z|x)`;
  const how = info.latent_dim > 2 ? ", projected onto a plane" : "";
  return `${what}${how}. Where there are many dots the decoder has had many examples. In the gaps it must guess.`;
}

const percent = (share) => `${Math.round(100 * share)} %`;

/** What the plane keeps of the codes; nothing where it is all of latent space. */
function keptOf({ kind, kept }, { info: { latent_dim: D }, embedding }) {
  if (D === 1) return "This model has one dimension: all codes lie on one line, and only across counts.";
  if (D === 2) return "";
  if (kind === "dimensions") return `The plane of two dimensions keeps ${percent(kept)} of the variance of the codes.`;
  if (kind === "pca") return `The plane of most variance of the ${plural(D, "dimension")} (PCA) keeps ${percent(kept)} of the variance of the codes. It is a true slice: each place is a code.`;
  return `UMAP, seed ${embedding.seed}: codes that are near each other in all ${D} dimensions are put near each other. Trustworthiness ${fixed(embedding.trust)} of 1, `
    + `PCA's plane ${fixed(embedding.pcaTrust)} (15 neighbours, 2,000 codes). Distances, directions and empty areas have no meaning here, and a place is not a code.`;
}

const SHOWN = 5; // held dimensions that are named

function heldOf({ kind }, { z, axes, info }) {
  if (kind === "umap") return "";
  if (kind === "pca") return `A drag moves z along the two axes of the plane. In the other ${plural(z.length - 2, "direction")} z does not change.`;
  const rates = info.rate_per_dimension ?? [];
  const others = z.map((_, j) => j).filter((j) => !axes.includes(j)).sort((i, j) => (rates[j] ?? 0) - (rates[i] ?? 0));
  const named = others.slice(0, SHOWN).map((j) => `${axisName(j)} = ${fixed(z[j])}`).join(", ");
  const rest = others.length > SHOWN ? `, and ${others.length - SHOWN} more` : "";
  return `The other dimensions are held at the values of the sliders (now ${named}${rest}).`;
}

function summaryOf(state) {
  if (!state.model || !state.z) return "Loading.";
  const chosen = state.drawing ? " Your drawing is chosen." : state.x === null || !state.codes ? "" : ` Chosen: ${imageName(state, state.x)}, image ${state.x}.`;
  return `z is ${vector(state.z)}.${chosen}`;
}
