/** "Other families": every model is trained, summed over and drawn from here. */

import { createReporter, mounting, reveal } from "../shared/component.js";
import { button, h } from "../shared/dom.js";
import { themeOf } from "../shared/palette.js";
import { createStore } from "../shared/store.js";
import { createAutoregressive } from "./autoregressive/main.js";
import { createBoltzmann } from "./boltzmann/main.js";
import { createGanChapter } from "./gan/main.js";
import { createWalk } from "./gsn/main.js";
import { createTable } from "./table/main.js";
import { BOLTZMANN, GAN, GSN, SMALL_MADE, goesOn, reachedBy } from "./training_controls.js";
import { readView, writeView } from "./view.js";

const STYLES = ["../shared/base.css", "main.css"];
const CHAPTERS = {
  boltzmann: ["Boltzmann machines", createBoltzmann],
  autoregressive: ["Autoregressive", createAutoregressive],
  gan: ["GAN", createGanChapter],
  gsn: ["A walk of noise and denoising", createWalk],
  table: ["The table", createTable],
};
const TRAININGS = [BOLTZMANN, GAN, SMALL_MADE, GSN];

const LIVE = {
  name: "other_families",
  read: readView,
  complete: (state) => Object.assign({}, ...TRAININGS.map((keys) => reachedBy(state, keys))),
};

export default mounting(createOtherFamilies);

function createOtherFamilies(parent) {
  const store = createStore({ under: [0.5, 0.5] });
  const { state } = store;
  const root = h("div.pad.families", { hidden: true });
  const parts = build(store, root);
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => store.set({ theme: themeOf(root), sized: {} }));
  const take = (view) => store.set(readView(view, state.info));
  const reporter = createReporter(store, { also: ["loading", "pacing", ...TRAININGS.map(({ moved }) => moved)], write: writeView, waits: (now) => now.busy || now.loading || now.pacing || TRAININGS.some((keys) => goesOn(now, keys)), ready: ({ info }) => info, live: { ...LIVE, take } });
  let received = null; // JSON of the last view from Python
  const observer = new ResizeObserver(() => store.set({ sized: {} }));
  observer.observe(root);

  function update(component) {
    reporter.to(component);
    const { data } = component;
    const view = JSON.stringify(data.view);
    const patch = { theme: themeOf(root), folds: data.folds, models: data.models, defaultModel: data.default_model };
    if (!state.info) patch.info = { fields: data.fields, shipped: data.shipped, table: data.table, targets: unpack(data.targets) };
    if (view !== received) {
      received = view;
      Object.assign(patch, readView(data.view, { fields: data.fields }));
      reporter.knows({ ...state, ...patch, steps: patch.until, rounds: patch.goal, small_steps: patch.small_goal, updates: patch.aim });
    }
    store.set(patch);
  }

  function stop() {
    observer.disconnect();
    for (const part of [reporter, ...parts]) part.stop?.();
    store.stop();
    remove();
  }
  return { update, stop };
}

function build(store, root) {
  const { state } = store;
  const chips = Object.entries(CHAPTERS).map(([name, [words]]) => button(words, () => store.set({ chapter: name }), { class: "chip", "data-chapter": name }));
  const chapters = Object.entries(CHAPTERS).map(([name, [, create]]) => ({ name, ...create(store) }));
  store.on(["chapter"], () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.chapter === state.chapter));
    for (const { name, element } of chapters) element.hidden = name !== state.chapter;
    store.set({ sized: {} });
  });
  root.append(h("div.chips.chapters", { role: "group", "aria-label": "Family" }, ...chips), ...chapters.map(({ element }) => element));
  return chapters;
}

/** The tables of densities as bytes. */
function unpack(targets) {
  const bytes = ([name, text]) => [name, Float64Array.from(atob(text), (c) => c.charCodeAt(0))];
  return { ...targets, tables: Object.fromEntries(Object.entries(targets.tables).map(bytes)) };
}
