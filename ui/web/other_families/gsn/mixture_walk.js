/** A walk of noise and denoising between two modes, with the exact denoiser or a learned one: its law, and how fast it forgets. */

import { createRandom, nextSeed } from "../../engine/random.js";
import { paperContext } from "../../shared/canvas.js";
import { button, h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { rgbaOf } from "../../shared/palette.js";
import { createPlayButton } from "../../shared/play_button.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { createChartSave } from "../chart_save.js";
import * as gsn from "../engine/gsn.js";
import { createTrainingControls, goesOn, GSN } from "../training_controls.js";
import { createFit, MODES } from "./training.js";

const [LOW, HIGH] = [-5, 5];
const HEIGHT = 420;
const CURVE = 150; // pixels, above the trail
const TRAIL = 60; // steps
const BINS = 50;
const STEPS_A_SECOND = 15;
const SIDE = 80; // cells of a denoiser's picture along each side
const DENOISERS = { exact: "Exact", learned: "Learned" };

const shown = (state) => state.chapter === "gsn" && state.walk_of === "mixture";

/** @returns {{left: HTMLElement[], right: HTMLElement[], below: HTMLElement, stop: () => void}} the parts of the two columns */
export function createMixtureWalk(store) {
  const { state } = store;
  store.derive(["fit"], ["noise", "seed", "refit", "info"], () => ({ fit: state.info ? createFit(state) : null }));
  store.derive(["denoise"], ["fit", "denoiser"], () => ({
    denoise: !state.fit ? null : state.denoiser === "learned" ? state.fit.denoiser : gsn.exactDenoiser(MODES, state.noise),
  }));
  const controls = createTrainingControls(store, GSN, { label: "Training of the denoiser", testid: "gsn-", names: {} });
  const walk = createTrail(store);
  store.on(["denoiser"], () => (controls.element.hidden = state.denoiser !== "learned"));
  const stop = () => [controls, walk].forEach((part) => part.stop());
  return { left: walk.elements, right: [createNoise(store), createDenoisers(store), controls.element, createFacts(store)], below: createPictures(store), stop };
}

function createNoise(store) {
  const { state } = store;
  const range = h("input", { type: "range", min: "0.2", max: "3", step: "0.05", "aria-label": "Standard deviation of the noise", "data-testid": "noise", oninput: () => store.set({ noise: Number(range.value) }) });
  const value = h("output");
  store.on(["noise"], () => {
    range.value = state.noise;
    setText(value, fixed(state.noise, 2));
    range.setAttribute("aria-valuetext", `${fixed(state.noise, 2)}, the data's modes are 0.5 wide and 4 apart`);
  });
  return h("label.slider", {}, h("span", {}, "Noise σ"), range, value);
}

function createDenoisers(store) {
  const chips = Object.entries(DENOISERS).map(([name, words]) => button(words, () => store.set({ denoiser: name }), { class: "chip", "data-denoiser": name }));
  store.on(["denoiser"], () => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.denoiser === store.state.denoiser))));
  return h("div.chips.choice", { role: "group", "aria-label": "Denoiser" }, h("span", {}, "Denoiser"), ...chips);
}

/** A number of steps, with its error where that is seen at this many digits. */
function steps(value, error = 0) {
  const digits = value < 100 && error < 1 ? 1 : 0;
  const words = digits ? fixed(value, 1) : count(Math.round(value));
  return error >= 0.5 * 10 ** -digits ? `${words} ± ${digits ? fixed(error, 1) : count(Math.ceil(error))}` : words;
}

function createFacts(store) {
  const { state } = store;
  const time = h("strong", { "data-testid": "gsn-relaxation" });
  const exact = h("span");
  const words = h("p", { "data-testid": "gsn-words" });
  const [off, step] = ["gsn-off", "gsn-step"].map((name) => h("strong", { "data-testid": name }));
  const learned = h("p", {}, "Distance from the exact law (total variation): ", step, " in one denoising, ", off, " in the law of the walk. Small errors add up over all the steps in which the walk forgets: with little noise the denoiser must be better.");
  const note = h("p.note", {}, "The law of the walk is the data's for any noise. With little noise a step goes nowhere; with much of it one step is nearly a fresh draw, but then the denoiser has to do all the work.");
  store.on(["noise", "fit", "fitted", "aim", "denoiser", "chapter", "walk_of"], () => {
    if (!shown(state) || !state.fit) return;
    const isLearned = state.denoiser === "learned";
    const forgets = gsn.relaxationTime(MODES, state.noise);
    if (isLearned) state.fit.measure(goesOn(state, GSN));
    const { figures } = state.fit;
    setText(time, `${isLearned ? steps(figures.relaxation, figures.error) : steps(forgets)} steps`);
    setText(exact, isLearned ? `, with the exact denoiser in ${steps(forgets)}` : "");
    learned.hidden = !isLearned;
    note.hidden = isLearned;
    if (!isLearned) return;
    setText(off, percent(figures.off, figures.offError));
    setText(step, percent(figures.step));
  });
  store.on(["walked"], () => setText(words, state.walked?.steps ? `${count(state.walked.steps)} steps, and ${count(state.walked.changes)} times from one mode to the other.` : ""));
  return h("div.facts-of-family", {}, h("p", {}, "The walk forgets in about ", time, exact, "."), words, learned, note);
}

/** A share, with its error where that is seen at this many digits. */
const percent = (share, error = 0) => `${fixed(100 * share, 1)}${error >= 5e-4 ? ` ± ${fixed(100 * error, 1)}` : ""} %`;

/** p(x | x~) as pictures, of the exact denoiser and of the learned one, with the steps of the walk. */
function createPictures(store) {
  const { state } = store;
  const raster = document.createElement("canvas");
  raster.width = raster.height = SIDE;
  const at = (n) => LOW + ((HIGH - LOW) * (n + 0.5)) / SIDE;
  const across = Float64Array.from({ length: SIDE }, (_, n) => at(n));
  const of = (denoiser) => gsn.logDensity(denoiser(across), across, SIDE).map(Math.exp);

  function paint(canvas, values, gain, trail) {
    const side = canvas.clientWidth;
    if (!side) return;
    const { theme } = state;
    const context = raster.getContext("2d");
    const image = context.createImageData(SIDE, SIDE);
    const [red, green, blue] = rgbaOf(colourOf("encoder", theme));
    values.forEach((value, k) => image.data.set([red, green, blue, 200 * Math.min(1, value * gain)], 4 * ((SIDE - 1 - (k % SIDE)) * SIDE + Math.floor(k / SIDE))));
    context.putImageData(image, 0, 0);
    const g = paperContext(canvas, side, side, theme);
    g.imageSmoothingEnabled = true;
    g.drawImage(raster, 0, 0, side, side);
    const place = (value) => ((value - LOW) / (HIGH - LOW)) * side;
    trail.forEach(({ noisy, x }, n) => noisy !== null && drawDisc(g, place(noisy), side - place(x), n ? 1.5 : 5, n ? theme.ink : theme.accent, theme.paper, n ? 0.5 : 2));
  }

  const canvases = ["The exact denoiser", "The learned denoiser"].map((name) => h("canvas.square", { role: "img", "aria-label": `${name}: the density of x for each noisy place` }));
  const captions = ["exact: p(x | x̃)", "learned: q(x | x̃)"];
  const figures = canvases.map((canvas, k) => h("figure", {}, canvas, h("figcaption", {}, captions[k])));
  store.on(["noise", "fit", "fitted", "denoiser", "walked", "theme", "sized", "chapter", "walk_of"], () => {
    const isLearned = state.denoiser === "learned";
    figures[1].hidden = !isLearned;
    if (!shown(state) || !state.theme || !state.fit) return;
    const exact = of(gsn.exactDenoiser(MODES, state.noise));
    const gain = 1 / exact.reduce((most, value) => Math.max(most, value), 0);
    const trail = state.walked.trail.slice(0, TRAIL);
    paint(canvases[0], exact, gain, isLearned ? [] : trail);
    if (isLearned) paint(canvases[1], of(state.fit.denoiser), gain, trail);
  });
  return h("section.denoiser-pictures", { "aria-label": "Denoisers" }, h("h2", {}, "Where x may be (up), given the noisy x̃ (across)"), h("div.two.denoisers", {}, ...figures));
}

/** The walk itself: its trail under the density of the data, the histogram of its steps, and the law of a learned walk. */
function createTrail(store) {
  const { state } = store;
  const canvas = h("canvas.chart", { role: "img", "aria-label": "The walk between two modes" });
  const { element: play, show } = createPlayButton("Let it walk", () => store.set({ walking: !state.walking }));
  const step = button("One step", () => go());
  const many = button("1,000 steps", () => go(1000));
  const anew = button("Start anew", () => begin(nextSeed(seed)));
  let [seed, timer, width] = [0, 0, 0];
  let random, walked; // walked.trail: {noisy, x}, the newest first

  function begin(with_) {
    seed = with_;
    random = createRandom(seed);
    walked = { trail: [{ noisy: null, x: gsn.sample(MODES, random) }], counts: new Float64Array(BINS), steps: 0, changes: 0 };
    store.set({ walked });
  }

  function go(many = 1) {
    for (let k = 0; k < many; k++) {
      const before = walked.trail[0].x;
      const next = gsn.step(state.denoise, before, state.noise, random);
      walked.changes += next.x > 0 !== before > 0 ? 1 : 0;
      walked.trail.unshift(next);
      if (walked.trail.length > TRAIL) walked.trail.pop();
      const bin = Math.floor(((next.x - LOW) / (HIGH - LOW)) * BINS);
      if (bin >= 0 && bin < BINS) walked.counts[bin] += 1;
      walked.steps += 1;
    }
    store.set({ walked });
  }

  function tick() {
    timer = 0;
    if (!state.walking || !shown(state)) return;
    go();
    timer = setTimeout(() => requestAnimationFrame(tick), 1000 / STEPS_A_SECOND);
  }

  const law = () => (state.denoiser === "learned" ? state.fit?.figures : null);
  const save = createChartSave("the walk", "walk-of-noise-and-denoising", () => HEIGHT, (g, across, theme) => paint(g, across, theme, walked, law()));

  begin(seed);
  store.on(["denoiser"], () => begin(seed));
  store.on(["fit", "fitted"], () => {
    if (state.denoiser !== "learned") return;
    Object.assign(walked, { counts: new Float64Array(BINS), steps: 0, changes: 0 }); // steps of another network have another law
    store.set({ walked });
  });
  store.on(["walked", "fit", "fitted", "denoiser", "theme", "sized", "chapter", "walk_of"], (changed) => {
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width || !state.theme || !shown(state)) return;
    canvas.style.height = `${HEIGHT}px`;
    paint(paperContext(canvas, width, HEIGHT, state.theme), width, state.theme, walked, law());
  });
  store.on(["walking", "chapter", "walk_of"], () => {
    show(!!state.walking);
    if (state.walking && !timer) tick();
  });
  return { elements: [canvas, h("div.row", {}, play, step, many, anew, save)], stop: () => clearTimeout(timer) };
}

/** The data's density with the walk's histogram and law; below it the last steps, the newest on top. */
function paint(g, width, theme, { trail, counts, steps }, law) {
  const X = (x) => ((x - LOW) / (HIGH - LOW)) * width;
  const top = 1.6 * Math.exp(gsn.logProb(MODES, 2));
  const Y = (p) => CURVE - (Math.min(p, top) / top) * (CURVE - 6);
  const colour = colourOf("encoder", theme);
  if (steps) {
    g.fillStyle = colour;
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
  if (law) {
    g.strokeStyle = colour;
    g.lineWidth = 2.5;
    g.beginPath();
    law.x.forEach((x, n) => g.lineTo(X(x), Y(law.density[n])));
    g.stroke();
  }
  g.fillStyle = theme.line;
  g.fillRect(0, CURVE, width, 1);
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "left";
  g.textBaseline = "middle";
  [["data p(x)", theme.ink], ["the walk's steps", colour, 0.35], ...(law ? [["law of the learned walk", colour]] : [])].forEach(([words, fill, alpha = 1], n) => {
    g.globalAlpha = alpha;
    g.fillStyle = fill;
    g.fillRect(8, 8 + 18 * n, 9, 9);
    g.globalAlpha = 1;
    label(g, theme, words, 23, 13 + 18 * n);
  });
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
