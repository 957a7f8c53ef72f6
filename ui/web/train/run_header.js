/**
 * What the run is, how far it is, the buttons that steer it, and what must be said of it: why it failed, what a collapse
 * is, that the server is away.
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
  const row = h("div.row.acts", { role: "group", "aria-label": "This run" }, ...buttons);
  const element = h("header.head", { hidden: true }, h("div.title-row", {}, title, chip, origin), bar, facts, row);

  store.on(["run", "status", "runs", "lines", "refused"], () => {
    const status = state.run && state.records.status(state.run);
    element.hidden = !state.run;
    row.hidden = bar.hidden = !status || status.gone;
    if (!state.run) return;
    if (!status || status.gone) return say(title, chip, facts, state.run, status);
    setText(title, status.title);
    setText(chip, STATES[status.state] ?? status.state);
    chip.dataset.state = status.state;
    bar.value = status.steps ? status.step / status.steps : 0;
    setText(facts, factsOf(status, state.records.lines(state.run).at(-1)));
    Object.keys(ACTS).forEach((name, k) => (buttons[k].hidden = !ACTS[name][2].includes(status.state) || state.refused.includes(name)));
    origin.hidden = !status.parent;
    origin.dataset.run = status.parent ?? "";
    setText(origin, status.parent ? `from ${titleOf(state.runs, status.parent)}` : "");
  });
  return { element };
}

function say(title, chip, facts, run, status) {
  setText(title, run);
  setText(chip, status ? "gone" : "");
  setText(facts, status ? "There is no such run here any more. Choose another one below, or train a new one." : "Asking for the run.");
}

const titleOf = (runs, id) => runs?.find((run) => run.id === id)?.title ?? id;

/** Steps, time, time left, speed and device in one line. */
function factsOf(status, line) {
  const { state, step, steps, seconds, images_per_second: speed, device, threads, ahead } = status;
  const parts = [`step ${count(step)} of ${count(steps)}`];
  if (state === "queued") return ahead ? `Waiting: ${ahead} ${ahead === 1 ? "run is" : "runs are"} before it.` : "Starting: the trainer loads torch and the data.";
  if (state === "starting" || (state === "running" && !line)) return "Starting: the trainer loads torch and the data.";
  if (seconds > 0) parts.push(`${duration(seconds)} of training`);
  if (state === "running" && step > 0 && seconds > 0) parts.push(`about ${duration(((steps - step) * seconds) / step)} left`);
  if (speed > 0) parts.push(`${count(Math.round(speed))} images a second`);
  if (device) parts.push(device === "cpu" && threads ? `cpu, ${threads} ${threads === 1 ? "thread" : "threads"}` : device);
  return parts.join(" · ");
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
