/** What the training did over its steps: the value of the game, and which modes the samples of each model are at. */

import { h } from "../../shared/dom.js";
import { count } from "../../shared/format.js";
import { label } from "../../shared/layers/axes.js";
import { createChartSave } from "../chart_save.js";
import { createCanvas, modelColour } from "./planes.js";

const [LOWEST, HIGHEST] = [-3, 0.4]; // of the value, nats
const VALUES = 130; // pixels, the height
const LEFT = 44; // pixels, of the names beside a chart
const [BAND, GAP] = [56, 8]; // pixels, the height of one model's modes and what lies between two

/** The value of the game over the steps, and that of the best discriminator. */
export function createValues(store) {
  const { state } = store;
  const paint = (g, width, theme) => {
    const { game: { records } } = state;
    const last = Math.max(10, records.at(-1).steps);
    const X = (steps) => LEFT + (Math.log1p(steps) / Math.log1p(last)) * (width - LEFT - 10);
    const Y = (value) => 8 + ((HIGHEST - Math.max(LOWEST, Math.min(HIGHEST, value))) / (HIGHEST - LOWEST)) * (VALUES - 28);
    g.font = `500 12px ${theme.font}`;
    g.textBaseline = "middle";
    for (const [value, words] of [[0, "0"], [-Math.log(4), "−ln 4"], [-3, "−3"]]) {
      g.fillStyle = theme.line;
      g.fillRect(LEFT, Y(value), width - LEFT - 10, 1);
      g.textAlign = "right";
      label(g, theme, words, LEFT - 6, Y(value));
    }
    for (const [name, colour, dash] of [["value", theme.ink, []], ["best", theme.accent, [5, 4]]]) {
      g.strokeStyle = colour;
      g.lineWidth = 2;
      g.setLineDash(dash);
      g.beginPath();
      for (const record of records) if (Number.isFinite(record[name])) g.lineTo(X(record.steps), Y(record[name]));
      g.stroke();
    }
    g.setLineDash([]);
    g.textAlign = "center";
    label(g, theme, "steps, on a logarithmic scale", width / 2, VALUES - 8);
  };
  const canvas = createCanvas(store, [], "canvas.chart", "The value of the game over the steps", paint, { height: VALUES });
  return h("section.gan-values", { "aria-label": "The value of the game" }, h("h2", {}, "Value of the game: V(D, G), and dashed V(D*, G)"), canvas,
    h("div.row", {}, createChartSave("the value of the game", "value-of-the-game", () => VALUES, paint)));
}

/** One row for each mode: the stronger, the more of the samples lie within 3 sd of it. */
export function createModeCourse(store) {
  const { state } = store;
  const height = 2 * BAND + GAP + 22;
  const canvas = createCanvas(store, [], "canvas.chart", "Which modes the samples are at, over the steps", (g, width) => {
    const { theme, game: { course, target } } = state;
    const M = target.modes?.centres.length ?? 0;
    const across = (width - LEFT - 10) / Math.max(1, course.length);
    g.font = `500 12px ${theme.font}`;
    g.textBaseline = "middle";
    ["gan", "vae"].forEach((name, n) => {
      const top = n * (BAND + GAP);
      g.fillStyle = modelColour(name, theme);
      course.forEach((entry, k) => {
        entry[name].forEach((share, mode) => {
          g.globalAlpha = Math.sqrt(share);
          g.fillRect(LEFT + k * across, top + (mode * BAND) / M, Math.ceil(across), BAND / M - 1);
        });
      });
      g.globalAlpha = 1;
      g.strokeStyle = theme.line;
      g.lineWidth = 1;
      g.strokeRect(LEFT - 0.5, top - 0.5, width - LEFT - 9, BAND + 1);
      g.textAlign = "right";
      label(g, theme, name.toUpperCase(), LEFT - 8, top + BAND / 2);
    });
    g.textAlign = "center";
    label(g, theme, course.length ? `steps 0 to ${count(course.at(-1).steps)}` : "press Train", width / 2, height - 9);
  }, { height });
  const element = h("section.gan-modes", { "aria-label": "Modes over the steps" }, h("h2", {}, "One row a mode: strong where many samples are"), canvas);
  store.on(["game"], () => (element.hidden = !state.game?.target.modes));
  return element;
}
