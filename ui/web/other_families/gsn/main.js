/** A walk of noise and denoising between two modes: how the noise decides how fast it forgets where it began. */

import { createRandom, nextSeed } from "../../engine/random.js";
import { paperContext } from "../../shared/canvas.js";
import { button, h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { createPlayButton } from "../../shared/play_button.js";
import { colourOf } from "../../shared/proposal_styles.js";
import * as gsn from "../engine/gsn.js";

export const MODES = { weights: [0.5, 0.5], means: [-2, 2], sds: [0.5, 0.5] };
const [LOW, HIGH] = [-5, 5];
const HEIGHT = 420;
const CURVE = 150; // pixels, above the trail
const TRAIL = 60; // steps
const BINS = 50;
const STEPS_A_SECOND = 15;

export function createWalk(store) {
  const { state } = store;
  const canvas = h("canvas.chart", { role: "img", "aria-label": "The walk between two modes" });
  const range = h("input", { type: "range", min: "0.2", max: "3", step: "0.05", "aria-label": "Standard deviation of the noise", "data-testid": "noise", oninput: () => store.set({ noise: Number(range.value) }) });
  const value = h("output");
  const { element: play, show } = createPlayButton("Let it walk", () => store.set({ walking: !state.walking }));
  const step = button("One step", () => go());
  const many = button("1,000 steps", () => go(1000));
  const anew = button("Start anew", () => (begin(nextSeed(seed)), store.set({ walked: {} })));
  const time = h("strong", { "data-testid": "gsn-relaxation" });
  const words = h("p", { "data-testid": "gsn-words" });
  const element = h("div.chapter.gsn", { hidden: true }, h("div.families-layout", {},
    h("section.column.walk", { "aria-label": "The walk" }, h("h2", {}, "Add noise, take it away, and again"), canvas,
      h("div.row", {}, play, step, many, anew)),
    h("section.column.noise", { "aria-label": "Noise and memory" },
      h("label.slider", {}, h("span", {}, "Noise σ"), range, value),
      h("p", {}, "The walk forgets in about ", time, "."), words,
      h("p.note", {}, "The law of the walk is the data's for any noise. With little noise a step goes nowhere; with much of it one step is nearly a fresh draw, but then the denoiser has to do all the work."),
      createExplanations(store, ["gsn"]))));
  let [seed, timer, width] = [0, 0, 0];
  let random, trail, counts, steps, changes; // trail: {noisy, x}, the newest first

  function begin(with_) {
    seed = with_;
    random = createRandom(seed);
    [trail, counts, steps, changes] = [[{ noisy: null, x: gsn.sample(MODES, random) }], new Float64Array(BINS), 0, 0];
  }

  function go(many = 1) {
    for (let k = 0; k < many; k++) {
      const next = gsn.step(MODES, trail[0].x, state.noise, random);
      changes += next.x > 0 !== trail[0].x > 0 ? 1 : 0;
      trail.unshift(next);
      if (trail.length > TRAIL) trail.pop();
      const bin = Math.floor(((next.x - LOW) / (HIGH - LOW)) * BINS);
      if (bin >= 0 && bin < BINS) counts[bin] += 1;
      steps += 1;
    }
    store.set({ walked: {} });
  }

  function tick() {
    timer = 0;
    if (!state.walking || state.chapter !== "gsn") return;
    go();
    timer = setTimeout(() => requestAnimationFrame(tick), 1000 / STEPS_A_SECOND);
  }

  begin(seed);
  store.on(["noise"], () => {
    range.value = state.noise;
    setText(value, fixed(state.noise, 2));
    range.setAttribute("aria-valuetext", `${fixed(state.noise, 2)}, the data's modes are 0.5 wide and 4 apart`);
    const forgets = gsn.relaxationTime(MODES, state.noise);
    setText(time, `${forgets < 100 ? fixed(forgets, 1) : count(Math.round(forgets))} steps`);
  });
  store.on(["walked"], () => setText(words, steps ? `${count(steps)} steps, and ${count(changes)} times from one mode to the other.` : ""));
  store.on(["walked", "theme", "sized", "chapter"], (changed) => {
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width || !state.theme || state.chapter !== "gsn") return;
    canvas.style.height = `${HEIGHT}px`;
    paint(paperContext(canvas, width, HEIGHT, state.theme), width, state.theme, { trail, counts, steps });
  });
  store.on(["walking", "chapter"], () => {
    show(!!state.walking);
    if (state.walking && !timer) tick();
  });
  return { element, stop: () => clearTimeout(timer) };
}

/** The data's density with the walk's histogram; below it the last steps, the newest on top. */
function paint(g, width, theme, { trail, counts, steps }) {
  const X = (x) => ((x - LOW) / (HIGH - LOW)) * width;
  const top = 1.25 * Math.exp(gsn.logProb(MODES, 2));
  const Y = (p) => CURVE - (Math.min(p, top) / top) * (CURVE - 6);
  if (steps) {
    g.fillStyle = colourOf("encoder", theme);
    g.globalAlpha = 0.35;
    const cell = (HIGH - LOW) / BINS;
    counts.forEach((n, k) => g.fillRect(X(LOW + k * cell) + 0.5, Y(n / steps / cell), width / BINS - 1, CURVE - Y(n / steps / cell)));
    g.globalAlpha = 1;
  }
  g.strokeStyle = theme.ink;
  g.lineWidth = 1.8;
  g.beginPath();
  for (let u = 0; u <= width; u += 2) g.lineTo(u, Y(Math.exp(gsn.logProb(MODES, LOW + ((HIGH - LOW) * u) / width))));
  g.stroke();
  g.fillStyle = theme.line;
  g.fillRect(0, CURVE, width, 1);
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "left";
  g.textBaseline = "middle";
  label(g, theme, "p(x)", 8, 12);
  const row = (HEIGHT - CURVE - 30) / (TRAIL / 2);
  trail.slice(0, TRAIL / 2).forEach(({ noisy, x }, n) => {
    const y = CURVE + 18 + n * row;
    g.globalAlpha = 1 - n / (TRAIL / 2);
    const before = trail[n + 1];
    if (noisy !== null && before) {
      g.strokeStyle = theme.ink;
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(X(before.x), y + row);
      g.lineTo(X(noisy), y + row / 2);
      g.lineTo(X(x), y);
      g.stroke();
      drawDisc(g, X(noisy), y + row / 2, 2, theme.paper, theme.ink, 1);
    }
    drawDisc(g, X(x), y, n ? 2.5 : 6, n ? theme.ink : theme.accent, theme.paper, n ? 0.5 : 2);
  });
  g.globalAlpha = 1;
}
