/**
 * What the run is, how far it is, the buttons that steer it, the way on to its latent map, and what must be said of it: why
 * it failed, what a collapse is, that the server is away. How far it is stands in the title of the tab too.
 */

import { button, h, setText } from "../shared/dom.js";
import { count, duration } from "../shared/format.js";

const STATES = {
  queued: "waiting", starting: "starting", running: "training", paused: "paused", done: "done", failed: "failed", stopped: "stopped",
  interrupted: "interrupted",
};
const ACTS = {
  pause: ["Pause", "Pause after this step", ["starting", "running"]],
  run: ["Resume", "Go on from here", ["paused"]],
  step: ["Step once", "One step of gradient descent, then pause", ["paused"]],
  resume: ["Resume", "Go on from the last checkpoint", ["failed", "stopped", "interrupted"]],
  stop: ["Stop", "Stop; it can be resumed later", ["queued", "starting", "running", "paused"]],
  rewind: ["Rewind", "A new run from the same initialisation: same settings, same seed", ["done", "failed", "stopped", "interrupted", "paused"]],
  again: ["Change settings", "Take these settings into the form, to train another run", Object.keys(STATES)],
  delete: ["Delete", "Delete the run; it can be undone", ["done", "failed", "stopped", "interrupted"]],
};

export function createRunHeader(store, act, choose) {
  const { state } = store;
  const title = h("h2", { "data-testid": "run-title" });
  const chip = h("span.state", { "data-testid": "run-state" });
  const origin = button("", () => origin.dataset.run && choose(origin.dataset.run), { class: "quiet", hidden: true, "data-testid": "parent" });
  const bar = h("progress", { max: "1", value: "0", "aria-label": "Progress of the training" });
  const facts = h("p.facts-line", { "data-testid": "progress" });
  const buttons = Object.entries(ACTS).map(([name, [label, help]]) =>
    button(label, () => act(name), { title: help, "data-testid": `act-${name}`, class: name === "again" || name === "delete" ? "quiet" : "" }));
  const explore = h("a.explore", { "data-testid": "explore", title: "Open the latent map of this model" }, "Explore this model");
  const row = h("div.row.acts", { role: "group", "aria-label": "This run" }, explore, ...buttons);
  const element = h("header.head", { hidden: true }, h("div.title-row", {}, title, chip, origin), bar, facts, row);

  store.on(["run", "status", "runs", "lines", "refused"], () => {
    const status = state.run && state.records.status(state.run);
    element.hidden = !state.run;
    row.hidden = bar.hidden = chip.hidden = !status || status.gone || status.shipped;
    if (!state.run) return;
    if (!status || status.gone) return say(title, chip, facts, state.run, status);
    setText(title, status.title);
    setText(chip, STATES[status.state] ?? status.state);
    chip.dataset.state = status.state;
    bar.value = status.steps ? status.step / status.steps : 0;
    setText(facts, factsOf(status, state.records.lines(state.run).at(-1)));
    const focused = row.getRootNode().activeElement;
    Object.keys(ACTS).forEach((name, k) => (buttons[k].hidden = !offers(name, status) || state.refused.includes(name)));
    if (buttons.includes(focused) && focused.hidden) buttons.find(({ hidden }) => !hidden)?.focus(); // Pause becomes Resume
    explore.hidden = !!status.no_map || !status.ended || !state.records.snapshots(state.run).some(({ step }) => step > 0);
    explore.href = new URL(`./?map_model=${encodeURIComponent(state.run)}`, document.baseURI).href;
    origin.hidden = !status.parent;
    origin.dataset.run = status.parent ?? "";
    setText(origin, status.parent ? `from ${titleOf(state.runs, status.parent)}` : "");
  });
  return { element };
}

/** Whether a button makes sense: what has diverged diverges again when it is resumed. */
function offers(name, { state, reason }) {
  if (name === "resume" && state === "failed" && DIVERGED.test(reason ?? "")) return false;
  return ACTS[name][2].includes(state);
}

const DIVERGED = /not finite|\bnan\b|\binf/i;
const PAGE = "Train · VAE Lab";

/** The title of the tab: the progress of a training, and how one ended that was seen to train. */
export function createTabTitle(store) {
  const { state } = store;
  let watched = null; // the run that was seen before its end
  let shown = PAGE;

  store.on(["run", "status", "answered"], () => {
    const status = state.run && state.records.status(state.run);
    if (status && !status.gone && !status.ended) watched = state.run;
    const words = status && !status.gone && watched === state.run ? wordsOf(status) : "";
    shown = words ? `${words} · ${PAGE}` : PAGE;
    if (words || document.title.endsWith(` · ${PAGE}`)) document.title = shown;
  });

  function stop() {
    if (document.title === shown) document.title = PAGE; // where the next page has not named the tab
  }
  return { stop };
}

function wordsOf({ state, step, steps, ended }) {
  const percent = steps ? `${Math.floor((100 * step) / steps)} %` : "";
  if (ended) return state[0].toUpperCase() + state.slice(1);
  return state === "running" ? percent : `${percent} ${STATES[state]}`;
}

function say(title, chip, facts, run, status) {
  chip.hidden = !status;
  setText(title, run);
  setText(chip, status ? "gone" : "");
  setText(facts, status ? "There is no such run here any more. Choose another one below, or train a new one." : "Asking for the run.");
}

const titleOf = (runs, id) => runs?.find((run) => run.id === id)?.title ?? id;

/** Steps, time, time left, speed and device in one line. */
function factsOf(status, line) {
  const { state, step, steps, seconds, images_per_second: speed, device, threads, ahead } = status;
  if (status.shipped) return `A finished training of ${count(steps)} steps. Play it, or drag the slider.`;
  const parts = [`step ${count(step)} of ${count(steps)}`];
  if (state === "queued") return ahead ? `Waiting: ${ahead} ${ahead === 1 ? "run is" : "runs are"} before it.` : "Starting: the trainer loads torch and the data.";
  if (state === "starting" || (state === "running" && !line)) return "Starting: the trainer loads torch and the data.";
  if (seconds > 0) parts.push(`${duration(seconds)} of training`);
  if (state === "running" && step > 0 && seconds > 0) parts.push(`about ${duration(((steps - step) * seconds) / step)} left`);
  if (speed > 0) parts.push(`${count(Math.round(speed))} images a second`);
  if (device) parts.push(device === "cpu" && threads ? `cpu, ${threads} ${threads === 1 ? "thread" : "threads"}` : device);
  return parts.join(" · ");
}

/** The run that was deleted last, until something else happens: it can be taken back where it was deleted. */
export function createUndo(store, act) {
  const { state } = store;
  const element = h("p.undo", { role: "status", hidden: true });

  store.on(["undo"], () => {
    element.hidden = !state.undo;
    if (state.undo) element.replaceChildren(`Deleted: ${state.undo.title}. `, button("Undo", () => act("undo", state.undo.id), { "data-testid": "undo" }));
  });
  return { element };
}

/** What must be said of the run, one note a sentence. */
export function createNotes(store) {
  const { state } = store;
  const element = h("div.notes", { "aria-live": "polite" });
  let shown = "";

  store.on(["status", "run", "trouble", "problem"], () => {
    const status = state.run && state.records.status(state.run);
    const notes = [
      ...(state.problem ? [{ kind: "failed", title: "That was not possible.", text: state.problem }] : []),
      ...(state.trouble ? [{ kind: "trouble", title: "", text: state.trouble }] : []),
      ...(status?.notes ?? []),
    ];
    const json = JSON.stringify(notes);
    if (json === shown) return; // a screen reader hears it once
    shown = json;
    element.replaceChildren(...notes.map(({ kind, title, text }) =>
      h("div.word", { class: `word ${kind}`, "data-testid": `note-${kind}` }, title && h("strong", {}, title), " ", text)));
  });
  return { element };
}
