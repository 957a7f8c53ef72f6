/** All runs, the newest first: open one, put others beside it, delete and take it back. */

import { button, h } from "../../latent_pad/static/dom.js";
import { count } from "../../latent_pad/static/format.js";
import { MOST_BESIDE } from "./view.js";

const SHOWN = 12;

export function createList(store, act, choose) {
  const { state } = store;
  const rows = h("tbody");
  const undo = h("p.undo", { role: "status", hidden: true });
  const all = button("", () => ((everything = !everything), fill()), { class: "quiet", hidden: true });
  const table = h("table.runs", { "data-testid": "runs" },
    h("thead", {}, h("tr", {}, ...["Run", "State", "Steps", "Made", "Compare"].map((name) => h("th", { scope: "col" }, name)))), rows);
  const empty = h("p.note", { hidden: true }, "There is no run yet. Press Train above: the curves appear here within seconds.");
  const element = h("section.panel.list", { "aria-label": "Runs" }, h("h2", {}, "Runs"), undo, empty, table, all);
  let everything = false;

  store.on(["runs", "run", "compare"], fill);
  store.on(["undo"], () => {
    undo.hidden = !state.undo;
    if (state.undo) undo.replaceChildren(`Deleted: ${state.undo.title}. `, button("Undo", () => act("undo", state.undo.id), { "data-testid": "undo" }));
  });

  function fill() {
    if (!state.runs) return void (table.hidden = true);
    table.hidden = !state.runs.length;
    empty.hidden = !!state.runs.length;
    const shown = everything ? state.runs : state.runs.slice(0, SHOWN);
    all.hidden = state.runs.length <= SHOWN;
    all.textContent = everything ? "Show fewer" : `Show all ${count(state.runs.length)}`;
    rows.replaceChildren(...shown.map(rowOf));
  }

  function rowOf(run) {
    const current = run.id === state.run;
    const name = button(run.title, () => choose(run.id), { class: "quiet name", ...(current && { "aria-current": "true" }) });
    const box = h("input", { type: "checkbox", "aria-label": `Compare with ${run.title}`, onchange: () => beside(run.id, box.checked) });
    box.checked = state.compare.includes(run.id);
    box.disabled = !state.run || current || (!box.checked && state.compare.length >= MOST_BESIDE);
    const alike = state.runs.some(({ id, title }) => title === run.title && id !== run.id); // such as a run and its rewind
    return h("tr", { class: current ? "current" : "" },
      h("td", {}, name, alike && h("span.unit", {}, run.id)), h("td", {}, h("span.state", { "data-state": run.state }, run.state)),
      h("td.figure", {}, `${count(run.step)} of ${count(run.steps)}`), h("td", {}, when(run.made, state.now)), h("td", {}, box));
  }

  function beside(id, on) {
    const others = state.compare.filter((name) => name !== id);
    store.set({ compare: on ? [...others, id] : others });
  }
  return { element };
}

function when(made, now) {
  const seconds = Math.max(0, (now ?? made) - made);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(made * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}
