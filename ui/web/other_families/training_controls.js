/** Buttons of a training that runs in slices of time: its recipe, go on, pause, one step, start anew, other weights. */

import { nextSeed } from "../engine/random.js";
import { button, fillOptions, h, select, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";

const SLICE_MS = 24; // of training in a frame

/**
 * The keys of the state that belong to one training: `trainer` has `steps`, `failed` and `run(ms, until)`; `goal` is the step
 * that it goes to, `reached` the one that it is at, which a link holds; `moved` is set with every slice, `renewed` to begin.
 * `look` is the step that is looked at, where one can go back.
 * @typedef {{trainer: string, goal: string, reached: string, moved: string, renewed: string, look?: string}} Keys
 */

/** @type {Keys} */
export const BOLTZMANN = { trainer: "trainer", goal: "until", reached: "steps", moved: "net", renewed: "anew", look: "look" };
/** @type {Keys} */
export const SMALL_MADE = { trainer: "scribe", goal: "small_goal", reached: "small_steps", moved: "small_moved", renewed: "small_anew" };
/** @type {Keys} */
export const GAN = { trainer: "game", goal: "goal", reached: "rounds", moved: "play", renewed: "renewed" };
/** @type {Keys} */
export const GSN = { trainer: "fit", goal: "aim", reached: "updates", moved: "fitted", renewed: "refit" };

/** Whether a training has steps to take. */
export const goesOn = (state, { trainer, goal }) => !!state[trainer] && !state[trainer].failed && state[trainer].steps < state[goal];

/** What a link should hold of a training: its goal while it goes on, since each browser trains by itself. */
export const reachedBy = (state, keys) => ({ [keys.reached]: goesOn(state, keys) ? state[keys.goal] : state[keys.reached] });

/**
 * @param {Keys} keys
 * @param {{label: string, testid: string, names: Object<string, string>, words?: Object, adapt?: (lists: Object) => void}} options
 *   `names` are the fields of the recipe with their labels; `words` names the values of a field; `adapt` hides what is not used
 */
export function createTrainingControls(store, keys, { label, testid, names, words = {}, adapt = () => {} }) {
  const { state } = store;
  const fields = Object.keys(names);
  const most = () => state.info.fields[keys.reached].most;
  const valueOf = (name, text) => state.info.fields[name].options.find((option) => String(option) === text);
  const forward = (patch) => store.set({ ...(keys.look && { [keys.look]: state.info.fields[keys.look].most }), ...patch });
  const begin = (patch) => forward({ ...patch, [keys.goal]: 0, [keys.reached]: 0, [keys.moved]: {} });
  const choose = (patch) => {
    const goal = goesOn(state, keys) ? most() : 0;
    begin(patch);
    store.set({ [keys.goal]: goal });
  };
  const lists = Object.fromEntries(fields.map((name) => [name, select(names[name], [], (text) => choose({ [name]: valueOf(name, text) }))]));
  const train = button("Train", () => forward({ [keys.goal]: goesOn(state, keys) ? state[keys.trainer].steps : most() }), { class: "main", "data-testid": `${testid}train` });
  const step = button("One step", () => forward({ [keys.goal]: state[keys.trainer].steps + 1 }));
  const anew = button("Start anew", () => begin({ [keys.renewed]: {} }));
  const other = button("Other weights", () => choose({ seed: nextSeed(state.seed) }), { title: "Start from other random weights" });
  const steps = h("output", { "data-testid": `${testid}steps` });
  const problem = h("p.message", { role: "alert", hidden: true }, "The weights have blown up: take a smaller learning rate, and start anew.");
  const element = h("div.learner", { role: "group", "aria-label": label },
    fields.length > 0 && h("div.row", {}, ...fields.map((name) => lists[name].element)), h("div.row", {}, train, step, anew, other, steps), problem);
  let frame = 0;

  function slice() {
    frame = 0;
    if (!goesOn(state, keys)) return;
    state[keys.trainer].run(SLICE_MS, state[keys.goal]);
    store.set({ [keys.moved]: {}, [keys.reached]: state[keys.trainer].steps });
  }

  store.on(["info"], () => {
    for (const name of fields) fillOptions(lists[name], state.info.fields[name].options.map((value) => [value, words[name]?.[value] ?? String(value)]));
  });
  store.on([keys.trainer, keys.goal, keys.moved, "info", ...fields], () => {
    const trainer = state[keys.trainer];
    for (const name of fields) lists[name].list.value = state[name];
    adapt(lists);
    if (!trainer) train.disabled = step.disabled = true;
    if (!trainer) return;
    const running = goesOn(state, keys);
    if (running && !frame) frame = requestAnimationFrame(slice);
    if (trainer.steps !== state[keys.reached]) store.set({ [keys.reached]: trainer.steps });
    const done = trainer.steps >= most();
    setText(train, running ? "Pause" : done ? "Done" : trainer.steps ? "Go on" : "Train");
    train.disabled = done || trainer.failed;
    step.disabled = running || train.disabled;
    setText(steps, `${count(trainer.steps)} of at most ${count(most())} steps`);
    problem.hidden = !trainer.failed;
  });
  return { element, stop: () => cancelAnimationFrame(frame) };
}
