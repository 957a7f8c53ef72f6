/**
 * "Anything from a normal": Python sends what defines the targets; every number that is shown is computed here, from the
 * same tables and formulas.
 */

import { createReporter, mounting, reveal } from "../shared/component.js";
import { h, setText } from "../shared/dom.js";
import { themeOf } from "../shared/palette.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { createStore } from "../shared/store.js";
import { deriveState } from "./derived_state.js";
import { MAPS } from "./maps.js";
import { createCharts } from "./panels/charts.js";
import { createCovariance, createDraws, createMorph, createToolbar } from "./panels/controls.js";
import { createDrawingCanvas } from "./panels/drawing_canvas.js";
import { createDistance, createFacts } from "./panels/facts.js";
import { createPlaneSurface } from "./panels/plane_surface.js";
import { createTraining, isTraining } from "./panels/training.js";
import { readView, writeView } from "./view.js";

const STYLES = ["../shared/base.css", "main.css"];

const LIVE = {
  name: "anything_from_a_normal",
  read: readView,
  complete: (state) => ({ z: state.z, steps: isTraining(state) ? state.until : state.steps }), // each browser trains by itself
};

export default mounting(createAnythingFromANormal);

function createAnythingFromANormal(parent) {
  const store = createStore({ tool: "draw", playing: false });
  const { state } = store;
  const root = h("div.pad.normal", { hidden: true });
  const parts = build(store, root);
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => store.set({ theme: themeOf(root), sized: {} }));
  const waits = () => state.busy || isTraining(state);
  const reporter = createReporter(store, { also: ["net"], write: writeView, waits, ready: ({ given }) => given, live: { ...LIVE, take: (view) => store.set(readView(view, state.info)) } });
  let received = null; // JSON of the last view from Python
  const repaint = () => store.set({ sized: {} }); // what is written on a canvas does not wait for its font
  document.fonts.addEventListener("loadingdone", repaint);

  function update(component) {
    reporter.to(component);
    const { data } = component;
    const view = JSON.stringify(data.view);
    const patch = { theme: themeOf(root) };
    if (!state.folds) Object.assign(patch, { folds: data.folds, given: unpack(data.given), info: { fields: data.fields } });
    if (view !== received) {
      received = view;
      Object.assign(patch, readView(data.view, { fields: data.fields }));
      reporter.knows({ ...state, ...patch, steps: patch.until });
    }
    store.set(patch);
  }

  function stop() {
    document.fonts.removeEventListener("loadingdone", repaint);
    for (const part of [reporter, ...parts]) part.stop?.();
    store.stop();
    remove();
  }
  return { update, stop };
}

/** From top to bottom: the map and its network or drawing; both planes; beside them the numbers and charts. */
function build(store, root) {
  const bar = createToolbar(store);
  const derived = deriveState(store);
  const easel = createDrawingCanvas(store);
  const learner = createTraining(store);
  const covariance = createCovariance(store);
  const [z, x] = ["z", "x"].map((side) => createPlaneSurface(store, side, easel));
  const morph = createMorph(store);
  const draws = createDraws(store);
  const look = h("p.look");
  store.on(["map"], () => setText(look, MAPS[store.state.map].look));
  const [facts, distance, charts] = [createFacts(store), createDistance(store), createCharts(store)];
  root.append(bar.element, look, learner.element, covariance.element, easel.element,
    h("div.normal-layout", {},
      h("div.sides", {}, z.element, morph.element, x.element, draws.element, createMapFolds(store)),
      h("div.beside", {}, facts.element, distance.element, charts.element)));
  return [bar, derived, learner, z, x, morph];
}

/** The maths and code of the chosen map and of its distance. */
function createMapFolds(store) {
  const names = [...new Set(Object.values(MAPS).map(({ fold }) => fold)), "ks", "energy"];
  const folds = names.map((name) => createExplanations(store, [name]));
  store.on(["map", "folds"], () => {
    const { fold, dims } = MAPS[store.state.map];
    names.forEach((name, k) => (folds[k].hidden = ![fold, dims === 1 ? "ks" : "energy"].includes(name)));
  });
  const titled = (name) => (name === "ks" || name === "energy" ? "The distance" : "The map");
  folds.forEach((element, k) => element.setAttribute("data-title", titled(names[k])));
  return h("div.map-folds", {}, ...folds);
}

/** The tables as bytes. */
function unpack(given) {
  const bytes = ([name, text]) => [name, Float64Array.from(atob(text), (c) => c.charCodeAt(0))];
  return { ...given, tables: Object.fromEntries(Object.entries(given.tables).map(bytes)) };
}
