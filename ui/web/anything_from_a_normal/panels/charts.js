/**
 * Small charts: the graph of f on the line; histograms of x against exact densities on the plane; the course of
 * training.
 */

import { BATCH } from "../../engine/transport/learned_map.js";
import { applyMemoized } from "../../engine/transport/univariate.js";
import { paperContext } from "../../shared/canvas.js";
import { h, setText } from "../../shared/dom.js";
import { label } from "../../shared/layers/axes.js";
import { createSaveButton } from "../../shared/save_dialog.js";
import { ALL_KEYS, interpolate } from "../derived_state.js";
import { drawHandle } from "../draw/colours.js";
import { figureOfCharts } from "../figures.js";
import { MAPS, Z_HALF } from "../maps.js";

const BINS = 40;
const HEIGHT = 132;

const heightOf = ({ dims }) => (dims === 1 ? 220 : HEIGHT);

/** Up to two charts side by side under the distance. */
export function createCharts(store) {
  const { state } = store;
  const charts = [0, 1].map((k) => createChart(store, (g, box, of) => paint(g, box, of, k)));
  const course = createChart(store, paintCourse);
  const title = h("h2", {});
  const shown = () => [...charts, course].filter(({ canvas }) => !canvas.hidden).map(({ draw }) => draw);
  const figureOf = () => figureOfCharts(state, { title: title.textContent, height: heightOf(state), draws: shown() });
  const element = h("section.charts", { "aria-label": "Charts" },
    h("header.row", {}, title, createSaveButton("↓ Figure", "the charts", figureOf)), h("div.pair-of-charts", {}, ...charts.map(({ canvas }) => canvas), course.canvas));

  store.on([...ALL_KEYS, "t", "z", "theme", "sized"], (changed) => {
    element.hidden = !state.goal;
    const margins = state.dims === 2 ? (state.goal?.margins.length ?? 0) : 1;
    setText(title, state.dims === 1 ? "The function x = f(z)" : state.map === "ring" ? "Histogram of ρ = ‖x‖ against its density" : "Histograms of x₁ and x₂ against p(x)");
    charts.forEach(({ canvas }, k) => (canvas.hidden = k >= margins));
    charts[0].canvas.setAttribute("aria-label", state.dims === 1 ? "The graph of x = f(z)" : "Histogram of the first margin against its exact density");
    charts[1].canvas.setAttribute("aria-label", "Histogram of x₂ against its exact density");
    course.canvas.hidden = state.map !== "learned" || !state.trainer?.steps;
    course.canvas.setAttribute("aria-label", "Energy distance of each training step");
    for (const chart of [...charts, course]) chart.paint(changed.has("sized") || changed.has("map"));
  });
  return { element };
}

function createChart(store, draw) {
  const canvas = h("canvas.chart", { role: "img" });
  let width = 0; // asking for it makes the browser lay out the page at once
  return {
    canvas,
    draw,
    paint(sized) {
      if (sized || !width) width = canvas.clientWidth;
      if (canvas.hidden || !width || !store.state.theme) return;
      const height = heightOf(store.state);
      if (sized || !canvas.style.height) canvas.style.height = `${height}px`;
      draw(paperContext(canvas, width, height, store.state.theme), { width, height }, store.state);
    },
  };
}

function paint(g, box, state, k) {
  if (state.dims === 1) paintGraph(g, box, state);
  else if (state.goal?.margins[k]) paintMargin(g, box, state, state.goal.margins[k]);
}

/** Bars of the x that are shown, and the exact density of x = f(z) as a line. */
function paintMargin(g, { width, height }, { zs, xs, f, t, theme }, { name, of, density, low, high }) {
  const floor = height - 18;
  const step = (high - low) / BINS;
  const counts = new Float64Array(BINS);
  const shown = f ? interpolate(zs, xs, t) : [];
  for (let k = 0; k < shown.length; k += 2) {
    const bin = Math.floor((of([shown[k], shown[k + 1]]) - low) / step);
    if (bin >= 0 && bin < BINS) counts[bin] += 1;
  }
  const heights = counts.map((count) => count / ((shown.length / 2 || 1) * step));
  const curve = Array.from({ length: width + 1 }, (_, u) => density(low + ((high - low) * u) / width));
  const top = 1.12 * Math.max(...curve, Math.min(Math.max(...heights), 2 * Math.max(...curve)));
  g.fillStyle = theme.accent;
  g.globalAlpha = 0.38;
  heights.forEach((p, k) => g.fillRect((k * width) / BINS + 0.5, floor - (p / top) * floor, width / BINS - 1, (p / top) * floor));
  g.globalAlpha = 1;
  g.strokeStyle = theme.ink;
  g.lineWidth = 1.6;
  g.beginPath();
  curve.forEach((p, u) => g.lineTo(u, floor - (p / top) * floor));
  g.stroke();
  axis(g, { width, height, floor }, theme, name, low, high);
}

function axis(g, { width, height, floor }, theme, name, low, high) {
  g.fillStyle = theme.line;
  g.fillRect(0, floor, width, 1);
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "left";
  label(g, theme, String(low), 2, height - 8);
  g.textAlign = "right";
  label(g, theme, String(high), width - 2, height - 8);
  g.textAlign = "center";
  label(g, theme, name, width / 2, height - 8);
}

/** f over z, with the straight line that it starts from and the chosen point. */
function paintGraph(g, { width, height }, { f, t, z, shownX, map, theme }) {
  const [low, high] = MAPS[map].reach;
  const X = (v) => ((v + Z_HALF) / (2 * Z_HALF)) * width;
  const Y = (v) => height - 18 - ((v - low) / (high - low)) * (height - 26);
  axis(g, { width, height, floor: height - 18 }, theme, "z", -Z_HALF, Z_HALF);
  const trace = (time, colour, thick) => {
    g.strokeStyle = colour;
    g.lineWidth = thick;
    g.beginPath();
    for (let u = 0; u <= width; u++) {
      const at = -Z_HALF + (2 * Z_HALF * u) / width;
      g.lineTo(u, Y(time ? (1 - time) * at + time * applyMemoized(f, at)[0] : at));
    }
    g.stroke();
  };
  trace(0, theme.line, 1.5);
  if (!f) return;
  trace(t, theme.ink, 2);
  if (!shownX) return;
  g.strokeStyle = theme.accent;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(X(z[0]), height - 18);
  g.lineTo(X(z[0]), Y(shownX[0]));
  g.lineTo(0, Y(shownX[0]));
  g.stroke();
  drawHandle(g, X(z[0]), Y(shownX[0]), theme);
}

/** The energy distance of each step's batch on a logarithmic scale, with the floor that a batch has. */
function paintCourse(g, { width, height }, { trainer, measured, n, theme }) {
  const { energies } = trainer;
  const floor = measured ? (measured.mean * n) / BATCH : null; // the mean is that of two samples of n: it falls like 1/n
  const chunk = Math.ceil(energies.length / width);
  const means = [];
  for (let k = 0; k < energies.length; k += chunk) {
    const part = energies.slice(k, k + chunk);
    means.push(part.reduce((sum, v) => sum + v, 0) / part.length);
  }
  const [low, high] = [Math.min(...means, floor ?? Infinity) / 1.3, Math.max(...means) * 1.2];
  const Y = (v) => height - 18 - (Math.log(v / low) / Math.log(high / low)) * (height - 26);
  axis(g, { width, height, floor: height - 18 }, theme, "energy distance of a batch, by step", 0, energies.length);
  g.strokeStyle = theme.accent;
  g.lineWidth = 1.4;
  g.beginPath();
  means.forEach((v, k) => g.lineTo((k / Math.max(1, means.length - 1)) * width, Y(v)));
  g.stroke();
  if (!floor) return;
  g.strokeStyle = theme.ink;
  g.setLineDash([4, 4]);
  g.beginPath();
  g.moveTo(0, Y(floor));
  g.lineTo(width, Y(floor));
  g.stroke();
  g.setLineDash([]);
  g.textAlign = "right";
  label(g, theme, "floor", width - 4, Y(floor) - 8);
}
