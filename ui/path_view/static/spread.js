/** How the held-out members of two groups lie along the direction between them. */

import { h, setText } from "../../latent_pad/static/dom.js";
import { count, fixed } from "../../latent_pad/static/format.js";

const HEIGHT = 92;
const BINS = 48;
const COLOURS = { plus: ["#0060a8", "#6cc0ff"], minus: ["#8a6d00", "#e6c35c"] };

export function createSpread(store) {
  const { state } = store;
  const canvas = h("canvas.spread", { role: "img", "aria-label": "Held-out pictures of both groups along the direction" });
  const words = h("p.caption", { "data-testid": "separation" });
  const key = h("div.names", {}, h("span.group-key", {}, "with"), h("span.group-key", {}, "without"));
  const element = h("div.separation", { hidden: true }, words, canvas, key);

  function show() {
    element.hidden = !state.direction;
    if (element.hidden || !state.theme) return;
    setText(words, wordsOf(state.direction));
    ["plus", "minus"].forEach((group, n) => key.children[n].style.setProperty("--key", COLOURS[group][Number(state.theme.dark)]));
    requestAnimationFrame(() => state.direction && paint(canvas, state.direction, state.theme));
  }
  return { element, show };
}

function wordsOf({ auc, error, length, counts }) {
  const share = `${fixed(100 * auc, 1)} ± ${fixed(100 * error, 1)}`;
  const verdict = auc > 0.95 ? "a clear direction" : auc > 0.8 ? "a direction with much overlap" : "a poor direction: it says little of what tells the groups apart";
  return `Of pairs that it was not made from, it orders ${share} % rightly (50 % is chance): ${verdict}. The means lie ${fixed(length)} apart; ${count(counts[0])} pictures with, ${count(counts[1])} without.`;
}

function paint(canvas, { plus, minus }, theme) {
  const width = canvas.clientWidth;
  if (!width) return;
  const ratio = window.devicePixelRatio || 1;
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
