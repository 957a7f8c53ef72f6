/**
 * The page Paths: the map with the stops and the paths between them, the pictures of all paths at one frame, their
 * filmstrips and their measurements.
 */

import { createImages } from "../engine/images.js";
import { loadModel } from "../engine/model.js";
import { createLoader, createReporter, mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { homeHalf } from "../shared/nearest.js";
import { themeOf } from "../shared/palette.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { createStore } from "../shared/store.js";
import { round } from "../shared/view.js";
import { createAttributeVector } from "./attribute_vector.js";
import { createCharts } from "./charts.js";
import { createFactorScores, createScores } from "./disentanglement.js";
import { createDrawnPath } from "./drawn_path.js";
import { createExportPanel } from "./export_panel.js";
import { createFactors } from "./factors.js";
import { createFilmstrips } from "./filmstrips.js";
import { createNearestTraining, typicalGap } from "./frame_metrics.js";
import { createFrames, createMeasurements } from "./frame_table.js";
import { CORNERS, createGrid } from "./interpolation_grid.js";
import { createTraversalSheet, createTraversalSlider } from "./latent_traversal.js";
import { createMap, createProjection } from "./map.js";
import { createPathsState } from "./paths_state.js";
import { createPlayer, createStickyFooter } from "./player.js";
import { addStops, createStops, firstStops } from "./stops.js";
import { createTabs, showByTab } from "./tabs.js";
import { readView, writeView } from "./view.js";

const FRESH = { chosen: 0, playing: false, waypoint: -1, handProblem: null }; // with a view that comes from outside
const LIVE = {
  name: "paths",
  of: ({ info }) => info.id,
  read: readView,
  complete: ({ stops, window, plus, minus }) => ({ stops, window: window.map(round), plus, minus }),
};
const STYLES = ["../shared/base.css", "main.css"];

export default mounting(createPaths);

function createPaths(parent) {
  const store = createStore({ chosen: 0, lasso: null, paths: null, training: null, frame: 0, playing: false, hand: [], waypoint: -1, pen: false });
  const { state } = store;
  const root = h("div.pad.paths", { hidden: true });
  const loader = createLoader({ load, adopt, failed: () => store.set({ progress: null }) });
  const parts = build(store, root, loader.box);
  const foot = createStickyFooter(root);
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => store.set({ theme: themeOf(root) }));
  const reporter = createReporter(store, {
    write: writeView,
    waits: ({ busy, playing }) => busy || playing,
    ready: ({ codes, stops }) => codes && stops,
    live: { ...LIVE, take: adopt },
  });

  function update(component) {
    reporter.to(component);
    foot.look();
    const { data } = component;
    if (!data?.model) return;
    store.set({ theme: themeOf(root), folds: data.folds ?? {} });
    loader.follow(data);
  }

  async function load(info, rawView, signal) {
    store.set({ ...readView(rawView, info), info, model: null, codes: null, stopCodes: null, paths: null, firstGroups: null, scores: null, factorIndex: null, factorProblem: null, ...FRESH, progress: "Loading the decoder" });
    const model = await loadModel(info, { signal });
    if (signal.aborted) return;
    const codes = await model.codes();
    if (signal.aborted) return;
    const projection = createProjection(codes, info.latent_dim);
    const images = createImages(info, { onBlock: () => state.images === images && store.set({ blocks: {} }) });
    const home = homeHalf(projection.flat, 2, [0, 1]);
    const gap = typicalGap(codes, info.latent_dim);
    store.set({ model, codes, images, projection, home, gap, progress: null, stops: state.stops ?? firstStops(codes), window: state.window ?? [0, 0, home] });
    reporter.knows(state);
  }

  /** Take a view that Python asks for, of the model that is there. */
  function adopt(rawView) {
    if (!state.model) return;
    const view = readView(rawView, state.info);
    store.set({ ...view, stops: view.stops ?? firstStops(state.codes), window: view.window ?? [0, 0, state.home], ...FRESH });
    reporter.knows(state);
  }

  function stop() {
    for (const part of [loader, reporter, foot, ...parts]) part.stop?.();
    store.stop();
    remove();
  }
  return { update, stop };
}

/** The parts in the order of the Tab key; main.css places them: in a wide window the map is at the left of the others. */
function build(store, root, failure) {
  const paths = createPathsState(store);
  const training = createNearestTraining(store);
  const factors = createFactors(store, ({ tab, plus, minus }) => tab === "factors" || (tab === "add" && [plus, minus].some((group) => group?.startsWith("factor."))));
  const stops = createStops(store);
  const hand = createDrawnPath(store);
  const map = createMap(store, hand);
  const frames = createFrames(store);
  const strips = createFilmstrips(store);
  const charts = createCharts(store);
  const measurements = createMeasurements(store, training, charts.element);
  const saving = createExportPanel(store);
  const clock = createPlayer(store);
  const foot = h("div.foot", {}, clock.more, saving.element);
  const tabs = createTabs(store);
  const sweeper = createTraversalSlider(store);
  const sheet = createTraversalSheet(store);
  const scores = createScores(store);
  const known = createFactorScores(store, scores);
  const grid = createGrid(store, ({ stops, codes }) => addStops(stops, CORNERS, codes));
  const adding = createAttributeVector(store);
  const folds = { between: createExplanations(store, ["paths"]), ...Object.fromEntries(["dimensions", "grid", "add", "factors"].map((tab) => [tab, createExplanations(store, [tab])])) };
  const head = h("div.page-head", {}, failure, tabs.element);
  const shown = [head, stops, known, sweeper, map, frames, strips, adding, sheet, grid, measurements].map((part) => part.element ?? part);
  root.append(h("div.parts", {}, ...shown, foot), clock.bar, ...Object.values(folds));
  showByTab(store, root, [
    [[map.element], "between", "add", "factors"],
    [[frames.element, strips.element, measurements.element, clock.more, clock.bar], "between"],
    [[known.element], "factors"],
    [[sweeper.element], "dimensions", "factors"],
    [[sheet.element], "dimensions"],
    [[grid.element], "grid"],
    [[adding.element], "add", "factors"],
    ...Object.entries(folds).map(([tab, element]) => [[element], tab]),
  ]);
  return [paths, training, factors, scores, map, strips, charts, clock];
}
