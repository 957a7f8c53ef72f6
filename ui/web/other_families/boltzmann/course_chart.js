/** The course of a training: how well the model knows the data, against how slowly its chain forgets, on one chart. */

import { paperContext } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc, strokeWithCasing } from "../../shared/layers/overlay.js";
import { createChartSave } from "../chart_save.js";
import { COUNT } from "./training.js";

const HEIGHT = 300;
const [LEFT, BOTTOM, TOP] = [46, 40, 14];
const [LOWEST, HIGHEST] = [-7, -2.4]; // nats
const DECADES = 5; // of sweeps
const BEST = -Math.log(COUNT);

export function createCourse(store) {
  const { state } = store;
  const canvas = h("canvas.chart", { role: "img", "data-testid": "course" });
  const element = h("section.course", { "aria-label": "The course of the training" }, h("h2", {}, "Better, and slower"), canvas,
    h("div.row", {}, createChartSave("the course of the training", "training-of-a-boltzmann-machine", () => HEIGHT, (g, across, theme) => paint(g, across, { ...state, theme }))));
  let width = 0;

  store.on(["shown", "theme", "sized", "chapter"], (changed) => {
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width || !state.theme || !state.shown) return;
    canvas.style.height = `${HEIGHT}px`;
    const { likelihood, time } = state.shown;
    canvas.setAttribute("aria-label", `Mean log p of the data ${fixed(likelihood, 2)} nats at ${fixed(time, 1)} sweeps`);
    paint(paperContext(canvas, width, HEIGHT, state.theme), width, state);
  });
  return { element };
}

function paint(g, width, { trainer, shown, sharpness, theme }) {
  const X = (time) => LEFT + (Math.min(DECADES, Math.log10(Math.max(1, time))) / DECADES) * (width - LEFT - 12);
  const Y = (value) => HEIGHT - BOTTOM - ((Math.max(LOWEST, value) - LOWEST) / (HIGHEST - LOWEST)) * (HEIGHT - BOTTOM - TOP);
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  g.fillStyle = theme.line;
  for (let power = 0; power <= DECADES; power++) {
    g.fillRect(X(10 ** power), TOP, 1, HEIGHT - BOTTOM - TOP);
    g.textAlign = "center";
    label(g, theme, power ? `10${"⁰¹²³⁴⁵"[power]}` : "1", X(10 ** power), HEIGHT - BOTTOM + 12);
    g.fillStyle = theme.line;
  }
  for (let value = LOWEST + 1; value < HIGHEST; value++) {
    g.fillRect(LEFT, Y(value), width - LEFT - 12, 1);
    g.textAlign = "right";
    label(g, theme, String(value).replace("-", "−"), LEFT - 8, Y(value));
    g.fillStyle = theme.line;
  }
  g.textAlign = "center";
  label(g, theme, "sweeps in which the chain forgets", (LEFT + width) / 2, HEIGHT - 10);
  g.textAlign = "left";
  label(g, theme, "best possible: −2.639", LEFT + 6, Y(BEST) - 9);
  g.setLineDash([5, 4]);
  g.beginPath();
  g.moveTo(LEFT, Y(BEST));
  g.lineTo(width - 12, Y(BEST));
  strokeWithCasing(g, theme.ink, theme.paper, 1);
  g.setLineDash([]);
  g.beginPath();
  for (const { likelihood, time } of trainer.records) g.lineTo(X(time), Y(likelihood));
  strokeWithCasing(g, theme.ink, theme.paper, 2);
  const [x, y] = [X(shown.time), Y(shown.likelihood)];
  drawDisc(g, x, y, 6, sharpness === 1 ? theme.accent : theme.paper, sharpness === 1 ? theme.paper : theme.accent, 2.5);
}
