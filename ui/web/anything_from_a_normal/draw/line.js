/** The line with its density cut into bands, the histogram over it, and the points below it. */

import { density as phi } from "../../engine/transport/normal_cdf.js";
import { applyMemoized } from "../../engine/transport/univariate.js";
import { TOP } from "../../shared/drawn_density.js";
import { label, tickStep } from "../../shared/layers/axes.js";
import { interpolate } from "../derived_state.js";
import { CURVE, MAPS } from "../maps.js";
import { HUES, drawHandle, hue, lineBin } from "./colours.js";

const BAND = 0.25; // of z
const SMOOTH = 4; // pixels between two points on the edge of a band
const DEEPEST = 14; // halvings that it may take to come so near
const BINS = 36;
const STRIP = 58; // pixels below the axis: ticks and points
const HEAD = 26;

/** The view of z, or of x at time t: pixels from values, and back. */
export function lineView(state, side, size) {
  const reach = MAPS[state.map].reach;
  const ends = [-4, 4].map((end, k) => (side === "z" ? end : end + state.t * (reach[k] - end)));
  const scale = size / (ends[1] - ends[0]);
  const floor = size - STRIP;
  const top = side === "z" || !state.goal ? phi(0) : state.map === "curve" ? drawnTop(state) : Math.max(phi(0), highest(state.goal, reach));
  return {
    ends, scale, floor, size, top,
    x: (v) => (v - ends[0]) * scale,
    value: (x) => ends[0] + x / scale,
    y: (p) => floor - (p / (1.15 * top)) * (floor - HEAD),
    share: (y) => Math.max(0, floor - y) / (floor - HEAD), // of the height of the frame
  };
}

/** A drawn curve stays under the pointer that draws it: the top of the frame is the highest level that can be drawn. */
function drawnTop({ curve, goal }) {
  const most = curve.indexOf(Math.max(...curve));
  const density = goal.density(CURVE.low + (most / (CURVE.knots - 1)) * (CURVE.high - CURVE.low));
  return ((density / curve[most]) * TOP) / 1.15;
}

/** The highest density, or what shows most of it where it is a spike. */
function highest(goal, [low, high]) {
  let most = 0;
  for (let k = 0; k <= 200; k++) most = Math.max(most, goal.density(low + ((high - low) * k) / 200));
  return Math.min(most, 4);
}

/** @param {CanvasRenderingContext2D} g  on paper, in CSS pixels */
export function paintLine(g, state, side, size) {
  const { theme, show, f, goal } = state;
  const view = lineView(state, side, size);
  const t = side === "z" ? 0 : state.t;
  const at = curveAt(f, t);
  if (f || side === "z") {
    if (show.includes("grid")) paintBands(g, view, at, theme);
    if (show.includes("points")) paintDraws(g, view, state, t);
  }
  if (show.includes("density")) paintCurve(g, view, side === "z" ? phi : goal?.density, theme);
  paintAxis(g, view, theme, side);
  const [chosen] = side === "z" ? state.z : (state.shownX ?? [NaN]);
  if (!Number.isFinite(chosen)) return;
  g.strokeStyle = theme.accent;
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(view.x(chosen), view.floor);
  g.lineTo(view.x(chosen), HEAD);
  g.stroke();
  drawHandle(g, view.x(chosen), view.floor, theme);
}

/** Where z is at time t, and how high the exact density of x stands there: φ(z) over the slope of the map. */
function curveAt(f, t) {
  if (t === 0) return (z) => [z, phi(z)];
  return (z) => {
    const [x, p] = applyMemoized(f, z);
    return [(1 - t) * z + t * x, phi(z) / (1 - t + (t * phi(z)) / p)];
  };
}

/** Points of the curve from z = low to high, as near to one another on x as `apart`, also where f is steep. */
function edgeOf(at, low, high, apart) {
  const points = [at(low)];
  const fill = (a, from, b, to, depth) => {
    if (depth > 0 && Math.abs(to[0] - from[0]) > apart) {
      const [middle, point] = [0.5 * (a + b), at(0.5 * (a + b))];
      fill(a, from, middle, point, depth - 1);
      fill(middle, point, b, to, depth - 1);
    } else points.push(to);
  };
  fill(low, points[0], high, at(high), DEEPEST);
  return points.filter((point) => point.every(Number.isFinite));
}

function paintBands(g, view, at, theme) {
  const high = (p) => view.y(Math.min(p, 2 * view.top));
  for (let z = -3.5; z < 3.5; z += BAND) {
    const edge = edgeOf(at, z, z + BAND, SMOOTH / view.scale);
    g.fillStyle = hue(lineBin(z + BAND / 2), theme.dark);
    g.globalAlpha = 0.42;
    g.beginPath();
    g.moveTo(view.x(edge[0][0]), view.floor);
    for (const [x, p] of edge) g.lineTo(view.x(x), high(p));
    g.lineTo(view.x(edge.at(-1)[0]), view.floor);
    g.fill();
    g.globalAlpha = 0.85;
    g.fillRect(view.x(edge[0][0]) - 0.5, high(edge[0][1]), 1, view.floor - high(edge[0][1]));
  }
  g.globalAlpha = 1;
}

/** The histogram as a stepped outline, and every draw as a speck below the axis. */
function paintDraws(g, view, { zs, xs, theme, n }, t) {
  const shown = t === 0 ? zs : interpolate(zs, xs, t);
  const [low, high] = view.ends;
  const counts = new Float64Array(BINS);
  for (const x of shown) if (x >= low && x < high) counts[Math.floor(((x - low) / (high - low)) * BINS)] += 1;
  const width = (high - low) / BINS;
  g.strokeStyle = theme.ink;
  g.globalAlpha = 0.7;
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(view.x(low), view.floor);
  counts.forEach((count, k) => {
    const y = view.y(count / (n * width));
    g.lineTo(view.x(low + k * width), y);
    g.lineTo(view.x(low + (k + 1) * width), y);
  });
  g.lineTo(view.x(high), view.floor);
  g.stroke();
  g.globalAlpha = n > 3000 ? 0.35 : 0.8;
  inBins(zs).forEach((bin, b) => {
    g.fillStyle = hue(b, theme.dark);
    for (const k of bin) g.fillRect(view.x(shown[k]) - 1, view.floor + 9 + ((k * 0.618) % 1) * 20, 2, 2);
  });
  g.globalAlpha = 1;
}

const sorted = new WeakMap(); // of each sample: which draws are in each bin

function inBins(zs) {
  if (!sorted.has(zs)) {
    const bins = Array.from({ length: HUES }, () => []);
    zs.forEach((z, k) => bins[lineBin(z)].push(k));
    sorted.set(zs, bins);
  }
  return sorted.get(zs);
}

function paintCurve(g, view, density, theme) {
  if (!density) return;
  g.strokeStyle = theme.ink;
  g.lineWidth = 1.8;
  g.beginPath();
  for (let u = 0; u <= view.size; u++) g.lineTo(u, view.y(density(view.value(u))));
  g.stroke();
}

function paintAxis(g, view, theme, side) {
  g.fillStyle = theme.ink;
  g.fillRect(0, view.floor, view.size, 1);
  const step = tickStep(view.scale, 48);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "center";
  for (let k = Math.ceil(view.ends[0] / step); k * step < view.ends[1]; k++) {
    if (view.x(k * step) > 10 && view.x(k * step) < view.size - 34) label(g, theme, (k * step).toFixed(digits), view.x(k * step), view.size - 11);
  }
  g.font = `italic 600 14px ${theme.font}`;
  g.textAlign = "right";
  label(g, theme, `${side} →`, view.size - 8, view.size - 12);
  g.textAlign = "left";
  label(g, theme, `p(${side}) ↑`, 6, 13);
}
