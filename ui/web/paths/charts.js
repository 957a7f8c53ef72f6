/** Three small charts over the frames: how far each step moves the picture, the norm of z, and log p(z). */

import { emptyContext } from "../shared/canvas.js";
import { h } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { createSaveButton } from "../shared/save_dialog.js";
import { DASHES, NAMES, colourOf, readyKinds } from "./path_kinds.js";

const HEIGHT = 132;
const TITLE = 22; // pixels above a chart of a figure
const [LEFT, RIGHT, TOP, BOTTOM] = [40, 8, 8, 20];

const CHARTS = [
  { id: "step", title: "How much each step changes the picture", unit: "flat = even pace", of: (frames) => frames.step.slice(1), first: 1, floor: 0 },
  { id: "norm", title: "‖z‖", unit: "dashed: √D, of draws", of: (frames) => frames.norm, first: 0, line: (info) => Math.sqrt(info.latent_dim), floor: 0 },
  { id: "logPz", title: "log p(z)", unit: "nats", of: (frames) => frames.logPz, first: 0 },
];

export function createCharts(store) {
  const { state } = store;
  const charts = CHARTS.map((chart) => createChart(store, chart));
  const element = h("section.path-charts", { "aria-label": "Figures along the path", hidden: true }, ...charts.map((chart) => chart.element),
    h("div.row.save", {}, createSaveButton("↓ Figure", "the charts", () => figureOf(state))));
  const observer = new ResizeObserver(() => store.set({ chartSize: {} }));
  observer.observe(element);
  store.on(["paths"], () => (element.hidden = !state.paths));
  store.on(["paths", "theme", "chartSize", "tab"], () => state.paths && state.theme && charts.forEach((chart) => chart.paint()));
  store.on(["paths", "frame", "frames"], () => {
    const along = (100 * state.frame) / Math.max(1, state.frames - 1); // an element of its own: no frame paints the charts
    for (const { cursor } of charts) cursor.style.transform = `translateX(${along}%)`;
  });
  return { element, stop: () => observer.disconnect() };
}

/** The three charts below each other as one figure. */
function figureOf(state) {
  if (!readyKinds(state).length) throw new Error("The paths are not there yet: close this, and try again when they are.");
  return {
    name: `${state.info.id}-paths-charts`,
    title: "Figures along the paths",
    heightOf: () => CHARTS.length * (HEIGHT + TITLE),
    legendOf: ({ theme }) => ({ entries: readyKinds(state).map((kind) => ({ name: NAMES[kind], colour: colourOf(kind, theme), dash: DASHES[kind] })) }),
    paint: (g, { width, theme }) => {
      for (const chart of CHARTS) {
        g.font = `600 12px ${theme.font}`;
        g.fillStyle = theme.ink;
        g.textAlign = "left";
        g.textBaseline = "middle";
        g.fillText(`${chart.title}, ${chart.unit}`, 8, TITLE / 2);
        g.translate(0, TITLE);
        draw(g, width, chart, { ...state, theme });
        g.translate(0, HEIGHT);
      }
    },
  };
}

function createChart(store, chart) {
  const { id, title, unit } = chart;
  const { state } = store;
  const canvas = h("canvas.plot", { role: "img", "aria-label": title, "data-testid": `chart-${id}` });
  const cursor = h("div.chart-now", { "aria-hidden": "true" });
  const element = h("figure.chart", {}, h("figcaption", {}, h("strong", {}, title), h("span.unit", {}, unit)), h("div.chart-box", {}, canvas, cursor));

  function paint() {
    const width = canvas.clientWidth;
    if (!width) return;
    draw(emptyContext(canvas, width, HEIGHT), width, chart, state);
  }
  return { element, cursor, paint };
}

function draw(g, width, { of, first, line, floor }, state) {
  const { paths, theme, info, frames } = state;
  const lines = readyKinds(state).map((kind) => [kind, of(paths[kind].frames)]);
  const level = line?.(info);
  if (!lines.length) return;
  const all = [...lines.flatMap(([, values]) => values), ...(level === undefined ? [] : [level])];
  const [low, high] = rangeOf(all, floor);
  const px = (k) => LEFT + (k / Math.max(1, frames - 1)) * (width - LEFT - RIGHT);
  const py = (value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  axes(g, theme, width, low, high, frames, px, py);
  if (level !== undefined) stroke(g, [[px(0), py(level)], [px(frames - 1), py(level)]], theme.ink, 1, [4, 4]);
  for (const [kind, values] of lines) stroke(g, values.map((value, k) => [px(k + first), py(value)]), colourOf(kind, theme), 2, DASHES[kind]);
}

function rangeOf(values, floor) {
  const low = floor ?? Math.min(...values);
  const high = Math.max(...values);
  const room = 0.08 * (high - low || Math.abs(high) || 1);
  return [floor === undefined ? low - room : low, high + room];
}

function axes(g, theme, width, low, high, frames, px, py) {
  g.font = `500 12px ${theme.font}`;
  g.fillStyle = theme.ink;
  g.textBaseline = "middle";
  g.textAlign = "right";
  for (const value of [low, (low + high) / 2, high]) {
    stroke(g, [[LEFT, py(value)], [width - RIGHT, py(value)]], theme.line, 1, []);
    g.fillText(fixed(value, Math.abs(high - low) < 5 ? 1 : 0), LEFT - 6, py(value));
  }
  g.textBaseline = "alphabetic";
  g.textAlign = "left";
  g.fillText("frame 1", px(0), HEIGHT - 5);
  g.textAlign = "right";
  g.fillText(String(frames), px(frames - 1), HEIGHT - 5);
}

function stroke(g, points, colour, width, dash) {
  g.setLineDash(dash);
  g.lineWidth = width;
  g.strokeStyle = colour;
  g.lineJoin = "round";
  g.beginPath();
  points.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  g.stroke();
  g.setLineDash([]);
}
