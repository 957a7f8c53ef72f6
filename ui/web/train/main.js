/** The live view: the runs, one of them as it learns, its latent map, its moments, and others beside it. */

import { mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { themeOf } from "../shared/palette.js";
import { createStore } from "../shared/store.js";
import { createCompare } from "./compare.js";
import { createCurves } from "./curves.js";
import { createMap } from "./map.js";
import { createNotes } from "./notes.js";
import { createPoller } from "./poller.js";
import { createRecords } from "./records.js";
import { createHead } from "./run_header.js";
import { createList } from "./run_list.js";
import { createMoments } from "./snapshots.js";
import { createScrubber } from "./timeline.js";
import { createFollowed } from "./tracked_images.js";
import { readView, settleView } from "./view.js";

const STYLES = ["../shared/base.css", "main.css"];

export default mounting(createLive);

function createLive(parent) {
  const store = createStore({ ...readView({}), runs: null, smooth: 0, logX: false, logY: false, trouble: "", problem: "", refused: [] });
  const { state } = store;
  const root = h("div.pad.live", { hidden: true });
  state.records = createRecords();
  state.moments = createMoments();
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
    state.component = component;
    const { data } = component;
    const view = JSON.stringify(data.view);
    store.set({ theme: themeOf(root), problem: data.problem ?? "", undo: data.undo ?? null, refused: data.refused ?? [], charts: data.charts });
    if (view !== received) {
      received = view;
      const next = readView(data.view);
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

/** From top to bottom: what the run is and does, its curves, its moments, its map, others beside it, and the list. */
function build(store, root, act, choose) {
  const parts = [
    createHead(store, act, choose),
    createNotes(store),
    createCurves(store),
    createScrubber(store),
    createCompare(store, choose),
    createFollowed(store),
    createMap(store),
    createList(store, act, choose),
  ];
  root.append(...parts.map((part) => part.element));
  return parts;
}
