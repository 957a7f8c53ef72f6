/** The page Train: the runs, one of them as it learns, its latent map, its snapshots, and others beside it. */

import { mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { themeOf } from "../shared/palette.js";
import { createStore } from "../shared/store.js";
import { createCompare } from "./compare.js";
import { createCurves } from "./curves.js";
import { createMap } from "./map.js";
import { createPoller } from "./poller.js";
import { createRecords } from "./records.js";
import { createNotes, createRunHeader, createTabTitle, createUndo } from "./run_header.js";
import { createRunList } from "./run_list.js";
import { createSnapshots } from "./snapshots.js";
import { createTimeline } from "./timeline.js";
import { createTrackedImages } from "./tracked_images.js";
import { readView, settleView } from "./view.js";

const STYLES = ["../shared/base.css", "main.css"];

export default mounting(createTrain);

function createTrain(parent) {
  const store = createStore({ run: null, compare: [], step: null, by: "step", runs: null, smooth: 0, logX: false, logY: false, allSteps: false, trouble: "", problem: "", refused: [], records: createRecords(), snapshots: createSnapshots() });
  const { state } = store;
  const root = h("div.pad.live", { hidden: true });
  const poller = createPoller(store);
  const settle = settleView(store);
  let received = null; // JSON of the last view from Python

  const act = (name, run = state.run) => {
    state.component.setTriggerValue("act", { act: name, run, at: Date.now() });
    poller.soon();
  };
  const choose = (run) => store.set({ run, compare: [], step: null });
  const parts = build(store, root, act, choose);
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => store.set({ theme: themeOf(root) }));

  function update(component) {
    const { data } = component;
    const view = JSON.stringify(data.view);
    store.set({ component, theme: themeOf(root), problem: data.problem ?? "", undo: data.undo ?? null, refused: data.refused ?? [], charts: data.charts });
    if (view !== received) {
      received = view;
      const info = { fields: data.fields };
      const next = readView(data.view, info);
      store.set({ info });
      settle.knows(next);
      store.set(next);
      poller.soon();
    }
    poller.start();
  }

  function stop() {
    for (const part of [poller, settle, ...parts]) part.stop?.();
    store.stop();
    remove();
  }
  return { update, stop };
}

/**
 * From top to bottom: what the run is and does, what can be taken back, the timeline, which stays in view, then the map with the followed pictures
 * at its side and the curves below it, or the runs side by side and their curves, and the list.
 */
function build(store, root, act, choose) {
  const [followed, curves] = [createTrackedImages(store), createCurves(store)];
  const parts = [
    createRunHeader(store, act, choose),
    createUndo(store, act),
    createNotes(store),
    createTimeline(store),
    createCompare(store, choose),
    createMap(store, followed.element, curves.element),
    curves,
    createRunList(store, choose),
  ];
  root.append(...parts.map((part) => part.element));
  return [followed, ...parts, createTabTitle(store)];
}
