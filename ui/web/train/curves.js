/** The curves of the run, and of those beside it: four at once, the others in a fold. */

import { button, h, setText } from "../shared/dom.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { CONFIG, adoptRules, layoutOf, loadPlotly } from "../shared/plotly.js";
import { createSaveButtons } from "../shared/save_buttons.js";
import { CHARTS } from "./chart_specs.js";
import { snapshotAt } from "./records.js";
import { colourOfRun, tracesOf } from "./traces.js";

const REPAINT = ["lines", "status", "run", "compare", "by", "step", "smooth", "logX", "logY", "theme", "plotly", "curvesWidth", "more", "saved"];

export function createCurves(store) {
  const { state } = store;
  const charts = CHARTS.map(createChart);
  const grid = (first) => h("div.charts", {}, ...charts.filter(({ spec }) => !!spec.first === first).map(({ element }) => element));
  const more = h("details.more", { ontoggle: () => store.set({ more: more.open }) }, h("summary", {}, "More curves: active units, loss, gradient norm, learning rate, β, speed"), grid(false));
  const problem = h("p.message", { role: "alert", hidden: true });
  const element = h("section.curves", { "aria-label": "Curves", hidden: true }, createTools(store), problem, grid(true), h("div.under", {}, more, createExplanations(store, ["objective"])));
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ curvesWidth: Math.round(contentRect.width) }));
  observer.observe(element);
  let asked = false;

  store.on(["run", "lines", "status"], () => (element.hidden = !state.run || !state.records.lines(state.run).length));
  let fold = null;
  store.on(["run", "status"], () => {
    const next = state.run && state.records.fold(state.run);
    if (next !== fold) store.set({ folds: next ? { objective: next } : {} });
    fold = next;
  });
  store.on(["charts", "run", "lines"], () => {
    if (asked || !state.charts) return;
    asked = true; // before there is anything to draw: the first curve should not wait for it
    loadPlotly(state.charts).then((plotly) => store.set({ plotly }), (error) => {
      asked = false;
      setText(problem, error.message);
      problem.hidden = false;
    });
  });
  store.on(REPAINT, () => {
    if (element.hidden || !state.plotly || !state.theme || !state.curvesWidth) return;
    const shared = sharedOf(state);
    for (const chart of charts) if (chart.spec.first || more.open) chart.draw(state, shared, store);
    adoptRules(element);
  });

  function stop() {
    observer.disconnect();
    for (const chart of charts) chart.stop(state.plotly);
  }
  return { element, stop };
}

/** What all charts are drawn with: the runs, the x axis, and where the snapshot lies on it. */
function sharedOf(state) {
  const { run, compare, records, by, step } = state;
  const runs = [run, ...compare].filter((name) => records.lines(name).length);
  const moment = step === null ? null : snapshotAt(records.moments(run), step);
  return { runs, titles: runs.map((name) => records.status(name).title), cursor: moment && placeOf(records.lines(run), moment.step, by) };
}

/** A step on the x axis: itself, or the seconds of the record at or before it. */
function placeOf(lines, step, by) {
  if (by === "step") return step;
  return (lines.findLast((line) => line.step <= step) ?? lines[0])?.seconds ?? 0;
}

function createChart(spec) {
  const plot = h("div.plot", { role: "img", "aria-label": spec.title });
  const value = h("span.value");
  let shown = null; // the state that was drawn last
  const savers = createSaveButtons({ plot: () => plot, address: () => shown.charts, name: () => `${shown.run}-${spec.id}`, paper: () => shown.theme.paper });
  const element = h("figure.chart", { "data-testid": `chart-${spec.id}` },
    h("figcaption", {}, h("strong", {}, spec.title), " ", h("span.unit", {}, spec.unit), value), plot, savers);
  let listening = false;

  function draw(state, { runs, titles, cursor }, store) {
    const { theme, by, smooth, plotly, records } = (shown = state);
    const logY = state.logY && !!spec.positive;
    const traces = tracesOf(spec, runs, records, { by, smooth, theme, titles });
    element.hidden = traces.every(({ x }) => !x.length);
    const { clientWidth: width, clientHeight: height } = plot;
    if (element.hidden || !width) return;
    setText(value, valueOf(spec, records, runs[0]));
    plot.setAttribute("aria-label", `${spec.title}${spec.unit && `, ${spec.unit}`}: ${value.textContent} at step ${records.last(runs[0])}`);
    const logX = state.logX;
    const at = logX && !(cursor > 0) ? null : cursor;
    plotly.react(plot, traces, layoutOf({ theme, width, height, xTitle: by === "step" ? "step" : "seconds of training", logX, logY, cursor: at }), CONFIG);
    if (listening) return;
    listening = true;
    plot.on("plotly_click", ({ points: [point] }) => {
      const lines = records.lines(state.run);
      const line = lines.findLast((each) => each[state.by] <= point.x) ?? lines[0];
      if (line) store.set({ step: line.step, playing: false });
    });
  }
  return { spec, element, draw, stop: (plotly) => listening && plotly?.purge(plot) };
}

/** The newest value, in words for those who do not see the chart and a figure for those who do. */
function valueOf({ lines, stacked }, records, run) {
  if (stacked) return "";
  const { value } = records.column(run, lines[0].key);
  const last = value.at(-1);
  if (last === undefined) return "";
  return Math.abs(last) >= 1000 ? Math.round(last).toLocaleString("en") : String(Number(last.toPrecision(4)));
}

/** What changes all charts at once. */
function createTools(store) {
  const { state } = store;
  const chip = (name, label, title) => {
    const element = button(label, () => store.set({ [name]: !state[name] }), { class: "chip", title, "aria-pressed": "false" });
    store.on([name], () => element.setAttribute("aria-pressed", String(state[name])));
    return element;
  };
  const smooth = h("input", { type: "range", min: "0", max: "0.95", step: "0.05", value: String(state.smooth), "aria-label": "Smoothing", oninput: (event) => store.set({ smooth: Number(event.target.value) }) });
  const by = h("select", { "aria-label": "Horizontal axis", onchange: (event) => store.set({ by: event.target.value }) },
    h("option", { value: "step" }, "by step"), h("option", { value: "seconds" }, "by seconds"));
  store.on(["by"], () => (by.value = state.by));
  const names = h("div.names");
  store.on(["run", "compare", "lines", "status", "theme"], () => state.theme && nameRuns(names, state));
  return h("div.row.tools-row", {}, names,
    h("label.smooth", {}, h("span", {}, "smooth"), smooth), by,
    chip("logX", "log x", "Logarithmic horizontal axis"), chip("logY", "log y", "Logarithmic vertical axis, where values are positive"));
}

/** Whose colour is whose, as soon as there are two; and what a dot is. */
function nameRuns(names, { run, compare, records, theme }) {
  const runs = [run, ...compare].filter((name) => name && records.status(name));
  const label = runs.length > 1 ? runs.map((name, index) => h("span.key", { style: `--key: ${colourOfRun(index, theme)}` }, records.status(name).title)) : [];
  names.replaceChildren(...label, h("span.key.line", { style: `--key: ${theme.accent}` }, "train"), h("span.key.dot", { style: `--key: ${theme.accent}` }, "test"));
}
