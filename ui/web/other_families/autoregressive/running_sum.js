/** log p of the pixels so far, along the order: it ends at log p(x). */

import { paperContext } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc, strokeWithCasing } from "../../shared/layers/overlay.js";
import { createChartSave } from "../chart_save.js";
import { PIXELS } from "./writing.js";

const HEIGHT = 260;
const [LEFT, RIGHT, BOTTOM, TOP] = [52, 14, 40, 12];
const LOWEST = -120; // nats, at the least that is shown

export function createRunningSum(store) {
  const { state } = store;
  const canvas = h("canvas.chart", { role: "img", "data-testid": "running-sum" });
  let width = 0;
  store.derive(["sums"], ["written"], () => ({ sums: state.written && [state.written, state.written.before].map((each) => each && sumsOf(each, state.written.place)) }));
  store.on(["sums", "place", "theme", "sized", "chapter"], (changed) => {
    if (state.chapter !== "autoregressive" || !state.theme || !state.sums) return;
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width) return;
    canvas.style.height = `${HEIGHT}px`;
    const [now] = state.sums;
    canvas.setAttribute("aria-label", `The first ${state.place} pixels: log p ${fixed(now[state.place], 2)} nats; all: ${fixed(now[PIXELS], 2)}`);
    paint(paperContext(canvas, width, HEIGHT, state.theme), width, state);
  });
  return { element: h("section.running-sum", { "aria-label": "The running sum" }, h("h2", {}, "The sum as it grows"), canvas,
    h("div.row", {}, createChartSave("the running sum", "log-p-of-a-picture", () => HEIGHT, (g, across, theme) => paint(g, across, { ...state, theme })))) };
}

/** The sum of log p over the first t pixels of the order, [D + 1], nats. */
function sumsOf({ logs }, place) {
  const along = new Float64Array(PIXELS);
  place.forEach((t, pixel) => (along[t] = logs[pixel]));
  const sums = new Float64Array(PIXELS + 1);
  along.forEach((value, t) => (sums[t + 1] = sums[t] + value));
  return sums;
}

function paint(g, width, { sums: [now, before], place, theme }) {
  const lowest = 1.08 * Math.min(LOWEST, now[PIXELS], before?.[PIXELS] ?? 0);
  const X = (t) => LEFT + (t / PIXELS) * (width - LEFT - RIGHT);
  const Y = (value) => TOP + (value / lowest) * (HEIGHT - BOTTOM - TOP);
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  const step = lowest < -400 ? 200 : lowest < -200 ? 100 : 50;
  for (let value = 0; value >= lowest; value -= step) {
    g.fillStyle = theme.line;
    g.fillRect(LEFT, Y(value), width - LEFT - RIGHT, 1);
    g.textAlign = "right";
    label(g, theme, String(value).replace("-", "−"), LEFT - 8, Y(value));
  }
  g.textAlign = "center";
  for (let t = 0; t <= PIXELS; t += 196) label(g, theme, String(t), X(t), HEIGHT - BOTTOM + 14);
  label(g, theme, "pixels in their order; nats", (LEFT + width - RIGHT) / 2, HEIGHT - 10);
  if (before) {
    g.setLineDash([5, 4]);
    trace(g, before, PIXELS, X, Y, theme, 1.2);
    g.setLineDash([]);
  }
  g.globalAlpha = 0.3;
  trace(g, now, PIXELS, X, Y, theme, 1.5);
  g.globalAlpha = 1;
  trace(g, now, place, X, Y, theme, 2.2);
  drawDisc(g, X(place), Y(now[place]), 6, theme.accent, theme.paper, 2.5);
}

function trace(g, sums, last, X, Y, theme, thickness) {
  g.beginPath();
  for (let t = 0; t <= last; t++) g.lineTo(X(t), Y(sums[t]));
  strokeWithCasing(g, theme.ink, theme.paper, thickness);
}
