/**
 * Boltzmann machines: train one on bars and stripes, watch log p rise and the chain slow down, sharpen it by hand, and see a
 * chain walk and get stuck.
 */

import { nextSeed } from "../../engine/random.js";
import { button, fillOptions, h, select, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createChain } from "./chain_panel.js";
import { createCourse } from "./course_chart.js";
import { createPatterns, createWeights } from "./pictures.js";
import { createTrainer, engineOf, isTraining, likelihoodOf } from "./training.js";

const SLICE_MS = 24; // of training in a frame
const WORDS = {
  machine: { rbm: "RBM, 9 and 8 units", dbm: "DBM, 9, 8 and 4 units" },
  method: { exact: "exact", cd: "contrastive divergence", pcd: "persistent chains" },
};

export function createBoltzmann(store) {
  const { state } = store;
  const recipe = ["machine", "method", "k", "rate", "seed", "anew"];
  store.derive(["trainer"], [...recipe, "info"], () => ({ trainer: state.info ? createTrainer(state) : null }));
  store.derive(["shown"], ["trainer", "net", "until", "sharpness"], () => ({ shown: shownOf(state) }));
  const [controls, sharpness, facts] = [createControls(store), createSharpness(store), createFacts(store)];
  const parts = [createCourse(store), createPatterns(store), createChain(store), createWeights(store)];
  const [course, patterns, chain, weights] = parts.map((part) => part.element);
  const element = h("div.chapter.boltzmann", { hidden: true },
    controls.element,
    h("div.families-layout", {},
      h("div.column", {}, course, sharpness, facts, createExplanations(store, ["boltzmann"])),
      h("div.column", {}, chain, patterns, weights)));
  return { element, stop: () => [controls, ...parts].forEach((part) => part.stop?.()) };
}

/** The model with all weights times the sharpness, its mean log p of the data, and its relaxation time. */
function shownOf({ trainer, sharpness, ...state }) {
  if (!trainer) return null;
  const engine = engineOf(state);
  const last = trainer.records.at(-1);
  const isKnown = last.steps === trainer.steps || trainer.failed || isTraining({ trainer, ...state }); // then as measured last
  if (sharpness === 1 && isKnown) return { model: trainer.model, ...last };
  const model = engine.scaled(trainer.model, sharpness);
  return { model, likelihood: likelihoodOf(engine, model), time: engine.relaxationTime(model) };
}

/** Which machine and how it is trained; go on, pause, one step, start anew. */
function createControls(store) {
  const { state } = store;
  const most = () => state.info.fields.steps.most;
  const anew = (patch) => store.set({ ...patch, until: isTraining(state) ? most() : 0, steps: 0, net: {} });
  const lists = {
    machine: select("machine", [], (machine) => anew({ machine })),
    method: select("gradient", [], (method) => anew({ method })),
    k: select("sweeps a step, k", [], (k) => anew({ k: Number(k) })),
    rate: select("learning rate", [], (rate) => anew({ rate: Number(rate) })),
  };
  const train = button("Train", () => store.set({ until: isTraining(state) ? state.trainer.steps : most() }), { class: "main", "data-testid": "train" });
  const step = button("One step", () => store.set({ until: state.trainer.steps + 1 }));
  const begin = button("Start anew", () => store.set({ until: 0, steps: 0, anew: {}, net: {} }));
  const seed = button("Other weights", () => anew({ seed: nextSeed(state.seed) }), { title: "Start from other random weights" });
  const steps = h("output", { "data-testid": "steps" });
  const problem = h("p.message", { role: "alert", hidden: true }, "The weights have blown up: take a smaller learning rate, and start anew.");
  const element = h("div.learner", { role: "group", "aria-label": "Training" },
    h("div.row", {}, ...Object.values(lists).map((list) => list.element)), h("div.row", {}, train, step, begin, seed, steps), problem);
  let frame = 0;

  function slice() {
    frame = 0;
    if (!isTraining(state)) return;
    state.trainer.run(SLICE_MS, state.until);
    store.set({ net: {}, steps: state.trainer.steps });
  }

  store.on(["info"], () => {
    for (const [name, list] of Object.entries(lists)) fillOptions(list, state.info.fields[name].options.map((value) => [value, WORDS[name]?.[value] ?? String(value)]));
  });
  store.on(["trainer", "until", "net", "info", "machine", "method", "k", "rate"], () => {
    if (!state.trainer) return;
    if (isTraining(state) && !frame) frame = requestAnimationFrame(slice);
    const trained = state.trainer.steps;
    if (trained !== state.steps) store.set({ steps: trained });
    for (const [name, { list }] of Object.entries(lists)) list.value = state[name];
    lists.method.element.hidden = state.machine === "dbm"; // whose gradient is exact here
    lists.k.element.hidden = state.machine === "dbm" || state.method === "exact";
    setText(train, isTraining(state) ? "Pause" : trained >= most() ? "Done" : trained ? "Go on" : "Train");
    train.disabled = trained >= most() || state.trainer.failed;
    step.disabled = isTraining(state) || train.disabled;
    setText(steps, `${count(trained)} of at most ${count(most())} steps`);
    problem.hidden = !state.trainer.failed;
  });
  return { element, stop: () => cancelAnimationFrame(frame) };
}

/** All weights times a factor, by hand. */
function createSharpness(store) {
  const { state } = store;
  const range = h("input", { type: "range", min: "0", max: "4", step: "0.05", "aria-label": "All weights times", "data-testid": "sharpness", oninput: () => store.set({ sharpness: Number(range.value) }) });
  const value = h("output");
  const back = button("As trained", () => store.set({ sharpness: 1 }));
  store.on(["sharpness"], () => {
    range.value = state.sharpness;
    setText(value, `× ${fixed(state.sharpness, 2)}`);
    back.disabled = state.sharpness === 1;
  });
  return h("div.sharpness", {}, h("label.slider", {}, h("span", {}, "All weights"), range, value), back);
}

function createFacts(store) {
  const { state } = store;
  const [likelihood, time, angle] = ["likelihood", "relaxation", "angle"].map((name) => h("strong", { "data-testid": name }));
  const bias = h("p", {}, "The gradient of these chains points ", angle, " away from the exact one.");
  const element = h("div.facts-of-family", { "aria-live": "off" },
    h("p", {}, "Mean log p of the 14 pictures: ", likelihood, " nats. The best possible is −ln 14 = −2.639."),
    h("p", {}, "The chain forgets in about ", time, "."), bias);
  store.on(["shown"], () => {
    if (!state.shown) return;
    setText(likelihood, fixed(state.shown.likelihood, 3));
    setText(time, sweeps(state.shown.time));
    const known = state.trainer.records.at(-1)?.angle ?? null;
    bias.hidden = known === null;
    if (known !== null) setText(angle, `${fixed(known, 1)}°`);
  });
  return element;
}

/** A number of sweeps as people read it. */
export function sweeps(time) {
  if (time === Infinity) return "infinitely many sweeps";
  if (time < 1.05) return "one sweep";
  return `${time < 10 ? fixed(time, 1) : count(Math.round(time))} sweeps`;
}
