/** How well a direction tells two groups apart: a verdict with its error, and how held-out members of both lie along it. */

import { h, setText } from "../shared/dom.js";
import { count, fixed, measured } from "../shared/format.js";
import { pixelRatio } from "../shared/pixel_ratio.js";

const HEIGHT = 92;
const BINS = 48;
const COLOURS = { plus: ["#0060a8", "#6cc0ff"], minus: ["#8a6d00", "#e6c35c"] };
const CLEAR = 0.95;
const FAIR = 0.8;
const VERDICTS = {
  clear: ["Clear", "it tells the two groups apart"],
  fair: ["Overlapping", "the groups have much in common along it"],
  poor: ["Poor", "it says little of what tells the groups apart, so what it adds to a picture is mostly something else"],
  chance: ["No direction", "no better than chance, so what it adds to a picture means nothing"],
};

export function createSeparationPlot(store) {
  const { state } = store;
  const verdict = h("strong.verdict", { "data-testid": "verdict" });
  const meter = h("span.meter", { "aria-hidden": "true" }, h("span.share"), h("span.whisker"));
  const canvas = h("canvas.spread", { role: "img", "aria-label": "Held-out pictures of both groups along the direction" });
  const words = h("p.caption", { "data-testid": "separation" });
  const key = h("div.names", {}, h("span.group-key", {}, "with"), h("span.group-key", {}, "without"));
  const element = h("div.separation", { hidden: true }, h("div.judged", {}, verdict, meter), words, canvas, key);

  function show() {
    element.hidden = !state.direction;
    if (element.hidden || !state.theme) return;
    const { auc, error } = state.direction;
    const name = verdictOf(state.direction);
    element.dataset.verdict = name;
    setText(verdict, VERDICTS[name][0]);
    for (const [property, value] of [["--auc", auc], ["--from", auc - 2 * error], ["--to", auc + 2 * error]]) meter.style.setProperty(property, scaled(value));
    setText(words, wordsOf(state.direction, VERDICTS[name][1]));
    ["plus", "minus"].forEach((group, n) => key.children[n].style.setProperty("--key", COLOURS[group][Number(state.theme.dark)]));
    requestAnimationFrame(() => state.direction && paint(canvas, state.direction, state.theme));
  }
  return { element, show };
}

/** From chance, one half, to 1. */
const scaled = (auc) => Math.min(1, Math.max(0, 2 * auc - 1));

/** Two standard errors from chance are asked of any direction. */
function verdictOf({ auc, error }) {
  if (auc - 2 * error <= 0.5) return "chance";
  return auc > CLEAR ? "clear" : auc > FAIR ? "fair" : "poor";
}

function wordsOf({ auc, error, length, counts }, verdict) {
  const share = measured(100 * auc, 100 * error);
  return `Of held-out pairs it orders ${share} % rightly (50 % is chance): ${verdict}. The means lie ${fixed(length)} apart; ${count(counts[0])} pictures with, ${count(counts[1])} without.`;
}

function paint(canvas, { plus, minus }, theme) {
  const width = canvas.clientWidth;
  if (!width) return;
  const ratio = pixelRatio();
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(HEIGHT * ratio);
  const g = canvas.getContext("2d");
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  const [low, high] = rangeOf([plus, minus]);
  for (const [name, values] of [["minus", minus], ["plus", plus]]) {
    const bars = histogram(values, low, high);
    const top = Math.max(...bars);
    g.fillStyle = COLOURS[name][Number(theme.dark)];
    g.globalAlpha = 0.6;
    bars.forEach((bar, k) => g.fillRect((k * width) / BINS, HEIGHT - 1 - (bar / top) * (HEIGHT - 6), width / BINS + 0.5, (bar / top) * (HEIGHT - 6)));
  }
  g.globalAlpha = 1;
  g.fillStyle = theme.ink;
  g.fillRect(0, HEIGHT - 1, width, 1);
}

function rangeOf(groups) {
  let [low, high] = [Infinity, -Infinity];
  for (const group of groups) for (const value of group) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high > low ? high : low + 1];
}

function histogram(values, low, high) {
  const bars = new Array(BINS).fill(0);
  for (const value of values) bars[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))] += 1;
  return bars;
}
