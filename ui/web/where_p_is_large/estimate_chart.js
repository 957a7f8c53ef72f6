/**
 * The running estimates against log n, as curves with bands: how far each is from log p(x), which is a line. The axis is even
 * close to the line and logarithmic beyond, down to the worst estimate, so that all runners are seen at every n.
 */

import { paperContext } from "../shared/canvas.js";
import { h } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { label } from "../shared/layers/axes.js";
import { NAMES, colourOf, traceMark } from "../shared/proposal_styles.js";
import { NEAR } from "./running_estimate.js";

const HEIGHT = 210;
const MARGIN = { left: 58, right: 88, top: 24, bottom: 30 };
const LEAST = [-3, 1]; // nats below and above the truth that the chart reaches at least
const TICKS = [1, 0, -1, -3, -10, -30, -100, -300, -1000, -10_000, -100_000];
const END = 6; // pixels that the mark at the end of a curve may stand out
const LINE = 15; // pixels between the names of two curves

export function createEstimateChart(store) {
  const { state } = store;
  const canvas = h("canvas", { role: "img", "aria-label": "Running estimates of log p(x) of the prior, the encoder and the proposal made for x, against the number of samples; the table has the numbers." });
  const element = h("div.chart", {}, canvas);
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ chartWidth: contentRect.width }));
  observer.observe(element);
  const paint = () => {
    const { chartWidth, theme } = state;
    if (chartWidth) draw(paperContext(canvas, chartWidth, HEIGHT, theme), chartWidth, state);
  };
  return { element, paint, figureOf: () => figureOf(state), stop: () => observer.disconnect() };
}

/** @returns {import("../shared/figure.js").Figure} */
function figureOf(state) {
  if (!state.runs || !state.truth || !state.fresh) throw new Error("The race has not begun: close this, and try again when it has.");
  return {
    name: `${state.info.id}-race`,
    title: `${state.info.title}: running estimates of log p(x) against the number of samples`,
    heightOf: () => HEIGHT,
    legendOf: null,
    paint: (g, { width, theme }) => draw(g, width, { ...state, theme }),
  };
}

function draw(g, width, state) {
  const { theme, runs, truth, shown, n, fresh } = state;
  if (!runs || !truth || !fresh) return;
  const off = ({ n: k, logPx, low, high }) => ({ n: k, off: logPx - truth.logPx, low: low - truth.logPx, high: high - truth.logPx });
  const reached = Object.fromEntries(Object.entries(runs).map(([name, { marks }]) => [name, marks.filter((m) => m.n <= shown).map(off)]));
  const scale = scaleOf(width, n, Object.values(runs).flatMap(({ marks }) => marks).map(({ logPx }) => logPx - truth.logPx));
  drawAxes(g, scale, theme, width);
  g.save();
  g.beginPath();
  g.rect(MARGIN.left, MARGIN.top - 4, width - MARGIN.left - MARGIN.right + END, HEIGHT - MARGIN.top - MARGIN.bottom + 8);
  g.clip();
  drawFinish(g, scale, theme, width);
  for (const [name, marks] of Object.entries(reached)) drawBand(g, scale, marks, colourOf(name, theme));
  for (const [name, marks] of Object.entries(reached)) drawLine(g, scale, marks, colourOf(name, theme), name);
  g.restore();
  drawNames(g, scale, reached, theme);
}

/** Both axes: n on a log scale; and nats from log p(x), from the worst of all n estimates to the best, even within about 1. */
function scaleOf(width, n, offs) {
  const low = Math.min(LEAST[0], ...offs);
  const high = Math.max(LEAST[1], ...offs);
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const [least, most] = [low, high].map(Math.asinh);
  return {
    low, high, n,
    x: (k) => MARGIN.left + (n === 1 ? 0.5 : Math.log(k) / Math.log(n)) * (right - MARGIN.left),
    y: (v) => bottom - ((Math.asinh(Math.max(low, v)) - least) / (most - least)) * (bottom - MARGIN.top),
  };
}

function drawAxes(g, { x, y, low, high, n }, theme, width) {
  g.font = `500 12px ${theme.font}`;
  g.lineWidth = 1;
  g.strokeStyle = theme.line;
  g.textBaseline = "middle";
  g.textAlign = "right";
  let above = -Infinity; // where the tick before was named
  for (const tick of TICKS.filter((v) => v >= low && v <= high)) {
    rule(g, MARGIN.left, y(tick), width - MARGIN.right, y(tick));
    if (y(tick) - above < LINE) continue;
    above = y(tick);
    label(g, theme, tick === 0 ? "log p(x)" : tick > 0 ? `+${tick}` : `−${count(-tick)}`, MARGIN.left - 8, above);
  }
  g.textAlign = "center";
  for (let k = 1; k <= n; k *= 10) {
    rule(g, x(k), MARGIN.top, x(k), HEIGHT - MARGIN.bottom);
    label(g, theme, count(k), Math.min(width - 26, x(k)), HEIGHT - MARGIN.bottom + 12);
  }
  g.textAlign = "left";
  label(g, theme, "nats off log p(x)", 4, 7);
  g.textAlign = "right";
  label(g, theme, "samples n →", width - 4, HEIGHT - 5);
}

function rule(g, x1, y1, x2, y2) {
  g.globalAlpha = 0.7;
  g.beginPath();
  g.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  g.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  g.stroke();
  g.globalAlpha = 1;
}

/** log p(x), and around it from half to twice p(x), where an estimate has arrived. */
function drawFinish(g, { y }, theme, width) {
  g.globalAlpha = 0.08;
  g.fillStyle = theme.ink;
  g.fillRect(MARGIN.left, y(NEAR), width - MARGIN.left - MARGIN.right, y(-NEAR) - y(NEAR));
  g.globalAlpha = 1;
  g.strokeStyle = theme.ink;
  g.lineWidth = 1.5;
  g.setLineDash([6, 4]);
  g.beginPath();
  g.moveTo(MARGIN.left, y(0));
  g.lineTo(width - MARGIN.right, y(0));
  g.stroke();
  g.setLineDash([]);
}

/** One standard error to both sides; none where there is only one sample. */
function drawBand(g, { x, y }, marks, colour) {
  const banded = marks.filter((m) => m.n > 1);
  if (banded.length < 2) return;
  g.beginPath();
  banded.forEach((m, k) => g[k ? "lineTo" : "moveTo"](x(m.n), y(m.high)));
  banded.toReversed().forEach((m) => g.lineTo(x(m.n), y(m.low)));
  g.closePath();
  g.globalAlpha = 0.2;
  g.fillStyle = colour;
  g.fill();
  g.globalAlpha = 1;
}

function drawLine(g, { x, y }, marks, colour, name) {
  g.strokeStyle = colour;
  g.lineWidth = 2.2;
  g.lineJoin = "round";
  g.beginPath();
  marks.forEach((m, k) => g[k ? "lineTo" : "moveTo"](x(m.n), y(m.off)));
  g.stroke();
  const last = marks.at(-1);
  if (!last) return;
  g.fillStyle = colour;
  traceMark(g, name, x(last.n), y(last.off), 4);
  g.fill();
}

/** The names of the proposals to the right of the ends of their curves, each in a line of its own. */
function drawNames(g, { x, y }, reached, theme) {
  g.font = `600 12px ${theme.font}`;
  g.textBaseline = "middle";
  const bottom = HEIGHT - MARGIN.bottom - 8;
  const ends = Object.entries(reached).filter(([, marks]) => marks.length).map(([name, marks]) => {
    const { n, off } = marks.at(-1);
    return { name, x: x(n), y: Math.min(bottom, y(off)) };
  }).sort((a, b) => a.y - b.y);
  const places = spread(ends.map((end) => end.y), MARGIN.top, bottom);
  g.textAlign = "left";
  ends.forEach((end, k) => label(g, theme, NAMES[end.name], end.x + 9, places[k], colourOf(end.name, theme)));
}

/** Heights in growing order, moved apart as little as lines need that do not touch, between top and bottom. */
function spread(wanted, top, bottom) {
  const places = [...wanted];
  for (let pass = 0; pass < 10; pass++) {
    for (let k = 0; k + 1 < places.length; k++) {
      const overlap = Math.max(0, LINE - (places[k + 1] - places[k]));
      [places[k], places[k + 1]] = [places[k] - overlap / 2, places[k + 1] + overlap / 2];
    }
  }
  const last = places.length - 1;
  return places.map((place, k) => Math.min(bottom - LINE * (last - k), Math.max(top + LINE * k, place)));
}
