/**
 * What is chosen: the number of dimensions, the map, the covariance of a Gaussian, the time of the morph, how many draws and
 * what is shown.
 */

import { nextSeed } from "../../engine/random.js";
import { button, h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { createPlayButton } from "../../shared/play_button.js";
import { createSaveButton } from "../../shared/save_dialog.js";
import { figureOfSides } from "../figures.js";
import { LEAST, MAPS, MOST } from "../maps.js";
import { pointOf } from "../view.js";

const SECONDS = 2.4; // of the morph
const TITLES = { volume: "√det JᵀJ: orange where f spreads the plane out, blue where it presses it together" };
const SHOWN = { density: "Density", grid: "Grid", points: "Points", volume: "Stretch" };

/** The dimensions, then the maps that they have. */
export function createToolbar(store) {
  const { state } = store;
  const last = { 1: "bimodal", 2: "ring" };
  const choose = (map) => store.set({ map, z: pointOf({ map, z: state.z }), until: 0, tool: "draw" });
  const radios = [1, 2].map((dims) => h("input", { type: "radio", name: "dims", value: dims, onchange: () => choose(last[dims]) }));
  const words = ["1 dimension", "2 dimensions"];
  const maps = h("div.chips", { role: "group", "aria-label": "Map" });
  const element = h("div.bar.choice", {},
    h("div.switch", { role: "radiogroup", "aria-label": "Dimensions" }, ...radios.map((radio, k) => h("label", {}, radio, h("span", {}, words[k])))), maps);

  store.on(["map"], () => {
    const { dims } = MAPS[state.map];
    last[dims] = state.map;
    radios.forEach((radio) => (radio.checked = Number(radio.value) === dims));
    if (maps.dataset.dims !== String(dims)) {
      maps.dataset.dims = dims;
      const names = Object.keys(MAPS).filter((name) => MAPS[name].dims === dims);
      maps.replaceChildren(...names.map((name) => button(MAPS[name].label, () => choose(name), { class: "chip", "data-map": name })));
    }
    for (const chip of maps.children) chip.setAttribute("aria-pressed", String(chip.dataset.map === state.map));
  });
  return { element };
}

const eased = (u) => u * u * (3 - 2 * u);
const easedFrom = (t) => 0.5 - Math.sin(Math.asin(1 - 2 * t) / 3); // its inverse

/** From the identity to f: a slider, and a button that moves it, stops it, and goes on from where it is. */
export function createMorph(store) {
  const { state } = store;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;
  const range = h("input", {
    type: "range", min: "0", max: "1", step: "0.001", "aria-label": "From z to f(z)", "data-testid": "morph",
    oninput: () => (stop(), store.set({ t: Number(range.value) })),
  });
  const value = h("output", { "data-testid": "time" });
  const { element: play, show } = createPlayButton("Play from z to f(z)", () => (state.playing ? stop() : start()));
  const element = h("div.morph", {}, play, h("label.time", {}, h("span", {}, "z"), range, h("span", {}, "f(z)")), value);

  function start() {
    stop();
    if (still.matches) return store.set({ t: state.t === 1 ? 0 : 1 });
    const begin = performance.now() - (state.t < 1 ? 1000 * SECONDS * easedFrom(state.t) : 0);
    store.set({ busy: true, playing: true });
    const step = (now) => {
      const u = Math.min(1, Math.max(0, (now - begin) / (1000 * SECONDS)));
      store.set({ t: u < 1 ? eased(u) : 1, busy: u < 1, playing: u < 1 });
      frame = u < 1 ? requestAnimationFrame(step) : 0;
    };
    frame = requestAnimationFrame(step);
  }

  function stop() {
    if (frame) store.set({ busy: false, playing: false });
    cancelAnimationFrame(frame);
    frame = 0;
  }

  store.on(["playing"], () => show(state.playing));
  store.on(["t"], () => {
    if (Number(range.value) !== state.t) range.value = state.t;
    setText(value, `t = ${fixed(state.t)}`);
  });
  return { element, stop };
}

/** How many draws, from which seed, and what is painted. */
export function createDraws(store) {
  const { state } = store;
  const range = h("input", {
    type: "range", min: "1", max: "4", step: "0.01", "aria-label": "Number of draws n", "data-testid": "n",
    oninput: () => store.set({ n: rounded(10 ** Number(range.value)) }),
  });
  const value = h("output", { "data-testid": "n-shown" });
  const again = button("Draw again", () => store.set({ seed: nextSeed(state.seed) }), { "data-testid": "again" });
  const chips = Object.entries(SHOWN).map(([name, label]) => button(label, () => toggle(name), { class: "chip", "data-show": name, title: TITLES[name] }));
  const save = createSaveButton("↓ Figure", "both sides", () => figureOfSides(state));
  const element = h("div.draws", {},
    h("label.slider.many-draws", {}, h("span", {}, "n draws"), range, value), again, save,
    h("div.bar", { role: "group", "aria-label": "Shown" }, h("div.chips", {}, ...chips)));

  function toggle(name) {
    const show = state.show.includes(name) ? state.show.filter((other) => other !== name) : [...state.show, name];
    store.set({ show: Object.keys(SHOWN).filter((other) => show.includes(other)) });
  }

  store.on(["n"], () => {
    if (rounded(10 ** Number(range.value)) !== state.n) range.value = Math.log10(state.n);
    setText(value, count(state.n));
    range.setAttribute("aria-valuetext", `${count(state.n)} draws`);
  });
  store.on(["seed"], () => (again.title = `Seed ${state.seed}; the next is ${nextSeed(state.seed)}`));
  store.on(["show", "map"], () => {
    for (const chip of chips) {
      chip.setAttribute("aria-pressed", String(state.show.includes(chip.dataset.show)));
      chip.hidden = chip.dataset.show === "volume" && MAPS[state.map].dims === 1;
      if (chip.dataset.show === "grid") setText(chip, MAPS[state.map].dims === 1 ? "Bands" : "Grid");
    }
  });
  return { element };
}

/** Two figures, as a slider over three decades should give. */
function rounded(n) {
  const unit = 10 ** (Math.floor(Math.log10(n) + 1e-9) - 1);
  return Math.round(n / unit) * unit;
}

const ENTRIES = [["L₁₁", LEAST], ["L₂₁", -MOST], ["L₂₂", LEAST]];

/** The Gaussian's Cholesky factor as sliders, for whoever does not drag its columns, and the covariance that it gives. */
export function createCovariance(store) {
  const { state } = store;
  const sliders = ENTRIES.map(([name, least], k) => {
    const range = h("input", {
      type: "range", min: least, max: MOST, step: "0.01", "aria-label": name, "data-testid": `lower-${k}`,
      oninput: () => store.set({ lower: state.lower.map((v, j) => (j === k ? Number(range.value) : v)) }),
    });
    const value = h("output");
    return { range, value, element: h("label.slider.entry", {}, h("span", {}, name), range, value) };
  });
  const sigma = h("output.sigma", { "data-testid": "covariance" });
  const element = h("div.row.covariance", { hidden: true, role: "group", "aria-label": "Cholesky factor L" }, ...sliders.map((slider) => slider.element), sigma);

  store.on(["map", "lower"], () => {
    element.hidden = state.map !== "gaussian";
    const [a, b, c] = state.lower;
    sliders.forEach(({ range, value }, k) => {
      if (Number(range.value) !== state.lower[k]) range.value = state.lower[k];
      setText(value, fixed(state.lower[k]));
    });
    setText(sigma, `Σ = LLᵀ: variances ${fixed(a * a)} and ${fixed(b * b + c * c)}, covariance ${fixed(a * b)}`);
  });
  return { element };
}
