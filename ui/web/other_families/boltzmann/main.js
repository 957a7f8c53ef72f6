/**
 * Boltzmann machines: train one on bars and stripes, watch log p rise and the chain slow down, sharpen it by hand, and see a
 * chain walk and get stuck; and a larger one, whose log p of each test picture is still exact.
 */

import { button, h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { BOLTZMANN, createTrainingControls, goesOn } from "../training_controls.js";
import { createChain } from "./chain_panel.js";
import { createCourse } from "./course_chart.js";
import { createPatterns, createWeights } from "./pictures.js";
import { createTestPictures } from "./test_pictures.js";
import { createTrainer, engineOf, likelihoodOf } from "./training.js";

const WORDS = {
  machine: { rbm: "RBM, 9 and 8 units", dbm: "DBM, 9, 8 and 4 units" },
  method: { exact: "exact", cd: "contrastive divergence", pcd: "persistent chains" },
};

export function createBoltzmann(store) {
  const { state } = store;
  const recipe = ["machine", "method", "k", "rate", "seed", "anew"];
  store.derive(["trainer"], [...recipe, "info"], () => ({ trainer: state.info ? createTrainer(state) : null }));
  store.derive(["shown"], ["trainer", "net", "until", "look", "sharpness"], () => ({ shown: shownOf(state) }));
  const [controls, rewind, sharpness, facts] = [createControls(store), createRewind(store), createSharpness(store), createFacts(store)];
  const parts = [createCourse(store), createPatterns(store), createChain(store), createWeights(store), createTestPictures(store)];
  const [course, patterns, chain, weights, tested] = parts.map((part) => part.element);
  const element = h("div.chapter.boltzmann", { hidden: true },
    controls.element,
    h("div.families-layout", {},
      h("div.column", {}, course, rewind, sharpness, facts, createExplanations(store, ["boltzmann"])),
      h("div.column", {}, chain, patterns, weights)),
    tested);
  return { element, stop: () => [controls, ...parts].forEach((part) => part.stop?.()) };
}

/** Records of the past that one can go back to. */
const past = ({ records, steps }) => records.filter((record) => record.isPlanned && record.steps < steps);

/** The model at the step that is looked at, with all weights times the sharpness, and what is measured of it. */
function shownOf(state) {
  const { trainer, look, sharpness } = state;
  if (!trainer) return null;
  const engine = engineOf(state);
  const last = trainer.records.at(-1);
  const { model, steps, ...known } = past(trainer).findLast((record) => look < trainer.steps && record.steps <= look) ?? { ...last, model: trainer.model, steps: trainer.steps };
  const isKnown = steps !== trainer.steps || last.steps === steps || trainer.failed || goesOn(state, BOLTZMANN); // then as measured last
  if (sharpness === 1 && isKnown) return { ...known, model, steps };
  const scaled = engine.scaled(model, sharpness);
  return { ...known, model: scaled, steps, likelihood: likelihoodOf(engine, scaled), time: engine.relaxationTime(scaled) };
}

/** Going back along the training: everything on the page is of the step that is chosen. */
function createRewind(store) {
  const { state } = store;
  const end = () => state.info.fields.look.most; // where the latest step is shown, whatever it is
  const places = () => [...past(state.trainer).map(({ steps }) => steps), end()];
  const range = h("input", { type: "range", min: "0", step: "1", "aria-label": "The step that is shown", "data-testid": "look", oninput: () => store.set({ look: places()[Number(range.value)] }) });
  const value = h("output");
  const latest = button("Latest", () => store.set({ look: end() }));
  store.on(["shown"], () => {
    if (!state.shown) return;
    const steps = places();
    range.max = steps.length - 1;
    range.value = state.shown.steps === state.trainer.steps ? steps.length - 1 : steps.indexOf(state.shown.steps);
    range.disabled = steps.length === 1;
    setText(value, `step ${count(state.shown.steps)}`);
    latest.disabled = state.shown.steps === state.trainer.steps;
  });
  return h("div.sharpness", {}, h("label.slider", {}, h("span", {}, "Rewind"), range, value), latest);
}

/** Which machine and how it is trained. */
function createControls(store) {
  const { state } = store;
  const names = { machine: "machine", method: "gradient", k: "sweeps a step, k", rate: "learning rate" };
  const adapt = ({ method, k }) => {
    method.element.hidden = state.machine === "dbm"; // whose gradient is exact here
    k.element.hidden = state.machine === "dbm" || state.method === "exact";
  };
  return createTrainingControls(store, BOLTZMANN, { label: "Training", testid: "", names, words: WORDS, adapt });
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
    const known = state.shown.angle;
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
