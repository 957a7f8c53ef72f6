/** The curves of the run, and of those beside it: four at once, the others in a fold. */

import { button, h, setText } from "../shared/dom.js";
import { axisName } from "../shared/format.js";
import { DISC, SQUARE, mark } from "../shared/palette.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { CONFIG, adoptRules, layoutOf, loadPlotly, plotlyFigure } from "../shared/plotly.js";
import { createSaveButton } from "../shared/save_dialog.js";
import { rangeAfterStart, smoothed, snapshotAt } from "./records.js";

/**
 * What each chart shows of a run, in which unit, and whether its values may stand on a logarithmic axis.
 *
 * @typedef {Object} Line
 * @property {string} key  a column of the records
 * @property {string} name
 * @property {"train" | "test" | "second"} look
 * @property {boolean} [right]  belongs to the axis at the right
 */
const CHARTS = [
  {
    id: "elbo", title: "ELBO", unit: "nats a picture, higher is better", first: true,
    lines: [{ key: "elbo", name: "train", look: "train" }, { key: "test.elbo", name: "test", look: "test" }],
  },
  {
    id: "rate", title: "Rate", unit: "nats it takes to say where z is", first: true, positive: true,
    lines: [{ key: "rate", name: "train", look: "train" }, { key: "test.rate", name: "test", look: "test" }],
  },
  {
    id: "distortion", title: "Distortion", unit: "nats: how badly the decoded picture fits x", first: true,
    lines: [{ key: "distortion", name: "train", look: "train" }, { key: "test.distortion", name: "test", look: "test" }],
  },
  { id: "dimensions", title: "Rate of each dimension", unit: "nats, stacked", first: true, stacked: "rate_per_dimension" },
  {
    id: "active", title: "Active units", unit: "dimensions with a rate above 0.01 nats", steps: true,
    lines: [{ key: "active_units", name: "train", look: "train" }, { key: "test.active_units", name: "test", look: "test" }],
  },
  { id: "loss", title: "Loss", unit: "what is minimised", lines: [{ key: "loss", name: "train", look: "train" }] },
  { id: "gradient", title: "Gradient norm", unit: "", positive: true, lines: [{ key: "grad_norm", name: "train", look: "train" }] },
  { id: "lr", title: "Learning rate", unit: "", positive: true, steps: true, lines: [{ key: "lr", name: "lr", look: "train" }] },
  { id: "beta", title: "β", unit: "weight of the rate", steps: true, lines: [{ key: "beta", name: "β", look: "train" }] },
  { id: "speed", title: "Speed", unit: "images a second", positive: true, lines: [{ key: "images_per_second", name: "train", look: "train" }] },
];

const REPAINT = ["lines", "status", "run", "compare", "by", "step", "smooth", "logX", "logY", "allSteps", "theme", "plotly", "curvesWidth", "more", "saved"];

export function createCurves(store) {
  const { state } = store;
  const charts = CHARTS.map(createChart);
  const grid = (first) => h("div.charts", {}, ...charts.filter(({ spec }) => !!spec.first === first).map(({ element }) => element));
  const more = h("details.more", { ontoggle: () => store.set({ more: more.open }) }, h("summary", {}, "More curves: active units, loss, gradient norm, learning rate, β, speed"), grid(false));
  const problem = h("p.message", { role: "alert", hidden: true });
  const element = h("section.curves", { "aria-label": "Curves", hidden: true, slot: "below" }, createTools(store), problem, grid(true), h("div.under", {}, more, createExplanations(store, ["objective"])));
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
  const snapshot = step === null ? null : snapshotAt(records.snapshots(run), step);
  return { runs, titles: runs.map((name) => records.status(name).title), cursor: snapshot && placeOf(records.lines(run), snapshot.step, by) };
}

/** A step on the x axis: itself, or the seconds of the record at or before it. */
function placeOf(lines, step, by) {
  if (by === "step") return step;
  return (lines.findLast((line) => line.step <= step) ?? lines[0])?.seconds ?? 0;
}

function createChart(spec) {
  const plot = h("div.plot", { role: "img", "aria-label": spec.title });
  const value = h("span.value");
  let shown = null; // what was drawn last: {state, shared, pictureOf}
  const saver = createSaveButton("↓ Figure", `the chart ${spec.title}`, () => figureOf(spec, plot, shown));
  const element = h("figure.chart", { "data-testid": `chart-${spec.id}` },
    h("figcaption", {}, h("strong", {}, spec.title), " ", h("span.unit", {}, spec.unit), value), plot, h("div.row.save", {}, saver));
  let listening = false;

  function draw(state, shared, store) {
    const { runs, titles, cursor } = shared;
    const { by, smooth, plotly, records } = state;
    const logY = state.logY && !!spec.positive;
    const tracesIn = (theme) => tracesOf(spec, runs, records, { by, smooth, theme, titles });
    const traces = tracesIn(state.theme);
    element.hidden = traces.every(({ x }) => !x.length);
    const { clientWidth: width, clientHeight: height } = plot;
    if (element.hidden || !width) return;
    setText(value, valueOf(spec, records, runs[0]));
    plot.setAttribute("aria-label", `${spec.title}${spec.unit && `, ${spec.unit}`}: ${value.textContent} at step ${records.last(runs[0])}`);
    const logX = state.logX;
    const at = logX && !(cursor > 0) ? null : cursor;
    const yRange = state.allSteps || spec.steps || spec.stacked ? null : rangeOf(spec, runs, records, logY);
    const layoutIn = (theme) => layoutOf({ theme, width, height, xTitle: by === "step" ? "step" : "seconds of training", logX, logY, cursor: at, yRange });
    plotly.react(plot, traces, layoutIn(state.theme), CONFIG);
    shown = { state, shared, pictureOf: (theme) => ({ data: tracesIn(theme), layout: layoutIn(theme) }) };
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

/** A chart as a figure, its unit beside its axis and its lines named below it. */
function figureOf(spec, plot, shown) {
  if (!shown) throw new Error("The chart is not drawn yet: close this, and try again when it is there.");
  const { state, shared: { runs, titles }, pictureOf } = shown;
  const [unit] = spec.unit.split(/[,:]/);
  const named = (theme) => {
    const { data, layout } = pictureOf(theme);
    const title = { text: [spec.title, unit].filter(Boolean).join(", "), standoff: 4 };
    return { data, layout: { ...layout, yaxis: { ...layout.yaxis, title } } };
  };
  return plotlyFigure({
    plot, address: state.charts, name: `${state.run}-${spec.id}`, title: `${spec.title} of ${titles.join(", ")}`, pictureOf: named,
    legendOf: ({ theme }) => ({ entries: spec.stacked ? bandEntries(pictureOf(theme).data) : lineEntries(spec, runs, titles, theme) }),
  });
}

const bandEntries = (traces) => traces.map(({ name, line: { color } }) => ({ name, colour: color, shape: SQUARE }));

function lineEntries(spec, runs, titles, theme) {
  return runs.flatMap((_, index) => spec.lines.map(({ name, look }) => {
    const colour = colourOfRun(index, theme);
    const label = runs.length > 1 ? `${titles[index]}, ${name}` : name;
    return { name: label, colour, ...(look === "test" && { shape: DISC }) };
  }));
}

const START_SHARE = 0.01; // of the planned steps: what comes in them is far from all that follows

/** The range of a chart's y axis, that of the runs that have not failed where there are such. */
function rangeOf(spec, runs, records, positive) {
  const sound = runs.filter((run) => records.status(run).state !== "failed");
  const columns = (sound.length ? sound : runs).flatMap((run) => {
    const from = START_SHARE * records.status(run).steps;
    return spec.lines.map(({ key }) => ({ ...records.column(run, key), from }));
  });
  return rangeAfterStart(columns, positive);
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
    chip("allSteps", "show all", "Show the first steps too. Their values are far from all later values"),
    chip("logX", "log x", "Logarithmic horizontal axis"), chip("logY", "log y", "Logarithmic vertical axis, where values are positive"));
}

/** Whose colour is whose, as soon as there are two; and what a dot is. */
function nameRuns(names, { run, compare, records, theme }) {
  const runs = [run, ...compare].filter((name) => name && records.status(name));
  const label = runs.length > 1 ? runs.map((name, index) => h("span.key", { style: `--key: ${colourOfRun(index, theme)}` }, records.status(name).title)) : [];
  names.replaceChildren(...label, h("span.key.line", { style: `--key: ${theme.accent}` }, "train"), h("span.key.dot", { style: `--key: ${theme.accent}` }, "test"));
}

const MOST_BANDS = 16;
const MOST_POINTS = 1500; // of one line: a chart has fewer pixels than that

/** The colour of the run at `index`: the shown one has the accent, those beside it their own. */
export const colourOfRun = (index, theme) => (index === 0 ? theme.accent : mark([0, 2, 1, 6][index - 1] ?? 0, theme.dark).colour);

/** What plotly.js draws of a chart: the raw line always, its smoothed one over it, the test figures as dots. */
function tracesOf(spec, runs, records, { by, smooth, theme, titles }) {
  if (spec.stacked) return stack(records.column(runs[0], spec.stacked), by, theme);
  const several = runs.length > 1;
  return runs.flatMap((run, index) => spec.lines.flatMap((line) => {
    const colour = colourOfRun(index, theme);
    const name = several ? `${titles[index]}, ${line.name}` : line.name;
    return lineOf(records.column(run, line.key), { ...spec, ...line, by, smooth, colour, name, theme });
  }));
}

function lineOf(column, { look, by, smooth, colour, name, theme, steps }) {
  const { x, y } = thinned(column[by], column.value);
  const label = name.replace(/[<>&]/g, ""); // a hover label reads a few tags; a title is only text
  const hovertemplate = `%{y:,.5~g}<extra>${label}</extra>`;
  if (look === "test") {
    const marker = { color: theme.paper, size: 6, symbol: "circle", line: { color: colour, width: 1.8 } };
    return [{ type: "scatter", mode: "markers+lines", x, y, name: label, marker, line: { color: colour, width: 1, dash: "dot" }, hovertemplate }];
  }
  const raw = { type: "scatter", mode: x.length === 1 ? "markers" : "lines", x, y, name: label, hovertemplate };
  if (!smooth || steps) return [{ ...raw, line: { color: colour, width: 2, shape: steps ? "hv" : "linear" }, marker: { color: colour } }];
  return [
    { ...raw, line: { color: colour, width: 1 }, marker: { color: colour }, opacity: 0.4 },
    { type: "scatter", mode: "lines", x, y: smoothed(y, smooth), line: { color: colour, width: 2.2 }, hoverinfo: "skip" },
  ];
}

/** One band a dimension, the one that costs most at the end at the bottom; many small ones share the last band. */
function stack(column, by, theme) {
  const last = column.value.at(-1);
  if (!last) return [];
  const order = last.map((_, j) => j).sort((i, j) => last[j] - last[i]);
  const { x, y } = thinned(column[by], column.value);
  const own = order.length > MOST_BANDS ? MOST_BANDS - 1 : order.length;
  const bands = order.slice(0, own).map((j) => ({ name: axisName(j), y: y.map((rates) => rates[j]) }));
  const rest = order.slice(own);
  if (rest.length) bands.push({ name: `${rest.length} others`, y: y.map((rates) => rest.reduce((sum, j) => sum + rates[j], 0)) });
  return bands.map(({ name, y: heights }, k) => {
    const { colour } = mark(k % 10, theme.dark);
    return {
      type: "scatter", mode: "lines", stackgroup: "rates", x, y: heights, name,
      line: { color: colour, width: 0.8 }, fillcolor: `${colour}${k < 10 ? "b3" : "66"}`,
      hovertemplate: `%{y:.3f}<extra>${name}</extra>`,
    };
  });
}

/** At most MOST_POINTS of the points, the last one always. */
function thinned(x, y) {
  const stride = Math.ceil(x.length / MOST_POINTS);
  if (stride <= 1) return { x, y };
  const keep = (_, n) => n % stride === 0 || n === x.length - 1;
  return { x: x.filter(keep), y: y.filter(keep) };
}
