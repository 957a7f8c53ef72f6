/** Runs beside each other: their latent maps at the same step or second, and a table of what differs. */

import { createCopyButton, tableText } from "../shared/copy.js";
import { button, h, setText } from "../shared/dom.js";
import { count, duration, fixed } from "../shared/format.js";
import { colourOfRun } from "./curves.js";
import { snapshotAt } from "./records.js";
import { createThumbnailMap } from "./thumbnail_map.js";

export function createCompare(store, choose) {
  const { state } = store;
  const maps = h("div.maps");
  const table = h("table.differences", { "data-testid": "differences" });
  const element = h("section.compare", { "aria-label": "Comparison", hidden: true, "data-testid": "compare" },
    h("header", {}, h("h2", {}, "Side by side"), createCopyButton("Copy table", "Copy the table of what differs", () => tableText(table)),
      button("Close the comparison", () => store.set({ compare: [] }), { class: "quiet" })), maps, table);
  let cells = [];
  let names = "";

  store.on(["run", "compare", "saved", "step", "by", "status", "theme", "lines"], () => {
    element.hidden = !state.run || !state.compare.length;
    if (element.hidden || !state.theme) return reset();
    const runs = [state.run, ...state.compare];
    if (names !== runs.join("/")) rebuild(runs);
    const place = placeOf(state);
    cells.forEach((cell, n) => cell.show(runs[n], place, colourOfRun(n, state.theme)));
    fillTable(table, runs, state);
  });

  function rebuild(runs) {
    reset();
    names = runs.join("/");
    cells = runs.map(() => createCell(store, choose));
    maps.replaceChildren(...cells.map((cell) => cell.element));
  }

  function reset() {
    for (const cell of cells) cell.stop();
    [cells, names] = [[], ""];
  }
  return { element, stop: reset };
}

/** Where the shown run's snapshot lies, as a step or as seconds of training; null: each run at its newest. */
function placeOf({ run, step, by, records }) {
  if (step === null) return null;
  return by === "step" ? { step } : { seconds: secondsAt(records.lines(run), step) };
}

const secondsAt = (lines, step) => lines.findLast((line) => line.step <= step)?.seconds ?? 0;

/** The snapshot of a run that is aligned with a place. */
function aligned(records, run, place) {
  const snapshots = records.snapshots(run);
  if (!place) return snapshotAt(snapshots, null);
  if (place.step !== undefined) return snapshotAt(snapshots, place.step);
  const lines = records.lines(run);
  return snapshots.findLast(({ step }) => secondsAt(lines, step) <= place.seconds) ?? snapshots[0] ?? null;
}

function createCell(store, choose) {
  const { state } = store;
  const map = createThumbnailMap(store);
  const title = h("strong.key");
  const words = h("span.unit");
  const open = button("Open", () => choose(open.dataset.run), { class: "quiet" });
  const element = h("figure.beside", { "data-testid": "beside" }, map.element, h("figcaption", {}, title, words, open));
  let wanted = "";

  async function show(run, place, colour) {
    const status = state.records.status(run);
    setText(title, titleOf(state.records, [state.run, ...state.compare], run));
    title.style.setProperty("--key", colour);
    open.dataset.run = run;
    open.hidden = run === state.run;
    const snapshot = status && !status.no_map && aligned(state.records, run, place);
    const key = snapshot ? [run, snapshot.step, snapshot.token].join("/") : "";
    if (key && key === wanted) return map.paint();
    wanted = key;
    if (!snapshot) return setText(words, status?.gone ? "this run is gone" : status?.no_map ? `no map: ${status.no_map}` : "no moment yet");
    try {
      const [facts, codes] = await Promise.all([state.snapshots.facts(run, snapshot), state.snapshots.codes(run, snapshot)]);
      if (wanted !== key) return;
      map.set(facts, codes);
      setText(words, `step ${count(snapshot.step)}`);
    } catch (error) {
      if (wanted !== key) return;
      wanted = ""; // the next time it is asked for anew
      setText(words, error.message);
    }
  }
  return { element, show, stop: map.stop };
}

/** What a run is called, with its folder's name where another one of these is called the same. */
function titleOf(records, runs, run) {
  const title = records.status(run)?.title ?? run;
  return runs.some((other) => other !== run && records.status(other)?.title === title) ? `${title} (${run})` : title;
}

/** One row for each setting in which the runs differ, then how far each has come. */
function fillTable(table, runs, { records, theme }) {
  const all = runs.map((run) => records.status(run));
  const flat = all.map((status) => flatten(status?.config ?? {}));
  const known = flat.filter((each) => Object.keys(each).length); // not of a run that is gone or not yet known
  const keys = [...new Set(known.flatMap(Object.keys))].filter((key) => new Set(known.map((each) => each[key])).size > 1);
  const rows = keys.map((key) => [wordOf(key), ...flat.map((each) => each[key] ?? "")]);
  if (!keys.length) rows.push(["Settings", ...runs.map(() => "the same")]);
  if (new Set(all.map((status) => status?.parent)).size > 1) rows.push(["Parent", ...all.map((status) => status?.parent ?? "none")]);
  rows.push(["Steps done", ...all.map((status) => (status ? count(status.step ?? 0) : ""))]);
  rows.push(["Seconds trained", ...all.map((status) => (status?.seconds ? duration(status.seconds) : ""))]);
  for (const [key, name] of [["test.elbo", "Test ELBO, nats"], ["test.rate", "Test rate, nats"], ["test.distortion", "Test distortion, nats"], ["test.active_units", "Active units: rate above 0.01 nats"]]) {
    const digits = key === "test.active_units" ? 0 : 2;
    rows.push([name, ...runs.map((run) => { const last = records.column(run, key).value.at(-1); return last === undefined ? "" : fixed(last, digits); })]);
  }
  table.replaceChildren(
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Differs in"), ...runs.map((_, n) => h("th", { scope: "col" }, h("span.key", { style: `--key: ${colourOfRun(n, theme)}` }, titleOf(records, runs, runs[n])))))),
    h("tbody", {}, ...rows.map(([name, ...values]) => h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td", {}, value))))),
  );
}

function flatten(config) {
  const entries = Object.entries(config).flatMap(([part, values]) => Object.entries(values).map(([key, value]) => [`${part}.${key}`, Array.isArray(value) ? value.join("-") : String(value)]));
  return Object.fromEntries(entries);
}

const WORDS = { name: "Data", lr: "Learning rate", latent_dim: "Latent size", arch: "Network", hidden: "Hidden layers", sigma: "σ", beta: "β", likelihood: "p(x|z)", posterior: "q(z|x)", prior: "p(z)" };

/** The word of the form for "train.batch_size". */
function wordOf(key) {
  const name = key.split(".")[1];
  return WORDS[name] ?? name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
}
