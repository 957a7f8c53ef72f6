/** All runs, the newest first: open one, put others beside it. */

import { button, h, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";

const SHOWN = 12;

export function createRunList(store, choose) {
  const { state } = store;
  const rows = h("tbody");
  const held = new Map(); // id -> row: each stays the same element, so that it keeps the focus
  const all = button("", () => ((everything = !everything), fill()), { class: "quiet", hidden: true });
  const table = h("table.runs", { "data-testid": "runs" },
    h("thead", {}, h("tr", {}, ...["Run", "State", "Steps", "Made", "Compare"].map((name) => h("th", { scope: "col" }, name)))), rows);
  const empty = h("p.note", { hidden: true }, "There is no run of your own yet. Press Train: its map, pictures and curves appear here within seconds.");
  const element = h("section.panel.list", { "aria-label": "Runs" }, h("h2", {}, "Runs"), empty, table, all);
  let everything = false;

  store.on(["runs", "run", "compare", "status"], fill);
  function fill() {
    if (!state.runs) return void (table.hidden = true);
    table.hidden = !state.runs.length;
    empty.hidden = !!state.runs.length;
    const shown = (everything ? state.runs : state.runs.slice(0, SHOWN)).map(upToDate);
    all.hidden = state.runs.length <= SHOWN;
    all.textContent = everything ? "Show fewer" : `Show all ${count(state.runs.length)}`;
    for (const id of held.keys()) if (!shown.some((run) => run.id === id)) forget(id);
    shown.forEach((run, n) => {
      if (!held.has(run.id)) held.set(run.id, createRow(run.id));
      const { element: row, show } = held.get(run.id);
      show(run);
      if (rows.children[n] !== row) rows.insertBefore(row, rows.children[n] ?? null);
    });
  }

  /** What is known of a run that is shown is newer than the list. */
  function upToDate(run) {
    const status = state.records.status(run.id);
    return status && !status.gone ? { ...run, state: status.state, step: status.step } : run;
  }

  function forget(id) {
    held.get(id).element.remove();
    held.delete(id);
  }

  function createRow(id) {
    const name = button("", () => choose(id), { class: "quiet name" });
    const alike = h("span.unit", {}, id);
    const chip = h("span.state");
    const [steps, made] = [h("td.figure"), h("td")];
    const box = h("input", { type: "checkbox", onchange: () => beside(id, box.checked) });
    const row = h("tr", {}, h("td", {}, name, alike), h("td", {}, chip), steps, made, h("td", {}, box));

    function show(run) {
      const current = id === state.run;
      row.classList.toggle("current", current);
      setText(name, run.title);
      name.setAttribute("aria-current", String(current));
      alike.hidden = !state.runs.some((other) => other.title === run.title && other.id !== id); // such as a run and its rewind
      setText(chip, run.state);
      chip.dataset.state = run.state;
      setText(steps, `${count(run.step)} of ${count(run.steps)}`);
      setText(made, when(run.made, state.now));
      box.setAttribute("aria-label", `Compare with ${run.title}`);
      box.checked = state.compare.includes(id);
      box.disabled = !state.run || current || (!box.checked && state.compare.length >= state.info.fields.compare.most);
    }
    return { element: row, show };
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
