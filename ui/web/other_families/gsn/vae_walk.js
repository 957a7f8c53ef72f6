/** The walk of a trained VAE: decode, encode, decode, ...; its trail among the codes, its pictures, and how fast it forgets. */

import { loadModel } from "../../engine/model.js";
import { createRandom, nextSeed } from "../../engine/random.js";
import { paperContext } from "../../shared/canvas.js";
import { button, fillOptions, h, select, setText } from "../../shared/dom.js";
import { axisName, count, fixed } from "../../shared/format.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { createPointLayer } from "../../shared/layers/points.js";
import { homeHalf, nearestCode, SHOW_ALL } from "../../shared/nearest.js";
import { createPicture } from "../../shared/picture.js";
import { createPlayButton } from "../../shared/play_button.js";
import { createTransform } from "../../shared/viewport.js";
import { exactTimes, memory, step } from "../engine/vae_walk.js";

const TRAIL = 60; // steps on the plane
const PICTURES = 10; // steps that are shown as pictures
const MOST = 60_000; // steps of which the memory is estimated
const FEWEST = 200;
const DENSER = 1.2; // from one estimate, which takes time, to the next the steps grow by this
const SLICE_MS = 24; // of a long walk in a frame
const STEPS_A_SECOND = 5;

const shown = (state) => state.chapter === "gsn" && state.walk_of === "vae";
const idOf = ({ walk_model, models, defaultModel }) => (models?.[walk_model] ? walk_model : defaultModel);

/** @returns {{left: HTMLElement[], right: HTMLElement[], below: HTMLElement, stop: () => void}} the parts of the two columns */
export function createVaeWalk(store) {
  const loader = createModel(store);
  const plane = createPlane(store);
  const buttons = createButtons(store);
  const stop = () => [loader, plane, buttons].forEach((part) => part.stop());
  return { left: [plane.element, buttons.element], right: [loader.element, createFacts(store)], below: createPictures(store), stop };
}

/** The list of models; the one that is chosen is loaded when the walk is first seen. `state.walker` is the walk of it. */
function createModel(store) {
  const { state } = store;
  const models = select("model", [], (id) => store.set({ walk_model: id }), { "data-testid": "vae-model" });
  const failure = h("div.failure", { role: "alert", hidden: true });
  let [loading, wanted] = [null, null];

  async function load() {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    const info = state.models[wanted];
    failure.hidden = true;
    store.set({ walker: null, vaeWalking: false, loading: true });
    try {
      const model = await loadModel(info, { signal });
      const [codes] = await Promise.all([model.codes(), model.ensureEncoder()]);
      if (!signal.aborted) store.set({ walker: createWalker(info, model, codes, 0), loading: false });
    } catch (error) {
      if (signal.aborted) return;
      failure.replaceChildren(h("p", {}, error.message), button("Try again", load));
      failure.hidden = false;
      store.set({ loading: false });
    }
  }

  let offered = "";
  store.on(["models"], () => {
    const options = Object.values(state.models ?? {}).map(({ id, title }) => [id, title]);
    if (JSON.stringify(options) === offered) return; // a list that is open would close
    offered = JSON.stringify(options);
    fillOptions(models, options);
  });
  store.on(["models", "walk_model", "walk_of", "chapter"], () => {
    const id = idOf(state);
    models.list.value = id ?? "";
    if (!shown(state) || !id) return;
    if (state.walk_model !== id) store.set({ walk_model: id });
    if (id === wanted) return;
    wanted = id;
    load();
  });
  return { element: h("div", {}, models.element, failure), stop: () => loading?.abort() };
}

/** A walk that `go` goes on with: `trail` has the newest z first, `pictures` the newest step first, `all` each z in order. */
function createWalker(info, model, codes, seed) {
  const random = createRandom(seed);
  const z = Float64Array.from({ length: model.latentDim }, () => random.normal());
  const labelOf = (z) => codes.label[nearestCode(codes, z, SHOW_ALL).index];
  const axes = info.rate_per_dimension.map((rate, j) => [rate, j]).sort(([a], [b]) => b - a).slice(0, 2).map(([, j]) => j).sort((a, b) => a - b);
  const classes = new Set(codes.label).size;
  const walker = { info, model, codes, seed, axes, classes, trail: [z], pictures: [], all: [], steps: 0, changes: 0, exact: exactTimes(model), memory: null, go };
  let [label, due] = [labelOf(z), FEWEST];

  function go(most, end) {
    let steps = 0;
    while (steps < most && (steps === 0 || performance.now() < end)) {
      const next = step(model, walker.trail[0], random);
      const now = labelOf(next.z);
      walker.changes += now !== label ? 1 : 0;
      label = now;
      walker.trail.unshift(next.z);
      walker.pictures.unshift(next);
      walker.all.push(next.z);
      if (walker.trail.length > TRAIL) walker.trail.pop();
      if (walker.pictures.length > PICTURES) walker.pictures.pop();
      if (walker.all.length > MOST) walker.all.splice(0, MOST / 4);
      walker.steps += 1;
      steps += 1;
    }
    if (walker.steps >= due) {
      walker.memory = memory(walker.all);
      due = Math.ceil(walker.steps * DENSER);
    }
    return steps;
  }
  return walker;
}

function createButtons(store) {
  const { state } = store;
  const { element: play, show } = createPlayButton("Let it walk", () => store.set({ vaeWalking: !state.vaeWalking }));
  const one = button("One step", () => go(1));
  const many = button("1,000 steps", () => go(1000), { "data-testid": "vae-many" });
  const more = button("10,000 steps", () => go(10_000));
  const anew = button("Start anew", () => {
    const { info, model, codes, seed } = state.walker;
    rest = 0;
    store.set({ walker: createWalker(info, model, codes, nextSeed(seed)) });
  });
  let [rest, frame, timer] = [0, 0, 0];

  function go(steps) {
    rest += steps;
    store.set({ pacing: true });
    frame ||= requestAnimationFrame(slice);
  }

  function slice() {
    frame = 0;
    if (!state.walker || !rest) return store.set({ pacing: false });
    rest -= state.walker.go(rest, performance.now() + SLICE_MS);
    store.set({ vaeWalked: {}, pacing: rest > 0 });
    if (rest) frame = requestAnimationFrame(slice);
  }

  function tick() {
    timer = 0;
    if (!state.vaeWalking || !shown(state)) return;
    if (!rest) go(1);
    timer = setTimeout(tick, 1000 / STEPS_A_SECOND);
  }

  store.on(["walker"], () => [play, one, many, more, anew].forEach((each) => (each.disabled = !state.walker)));
  store.on(["vaeWalking", "chapter", "walk_of", "walker"], () => {
    show(!!state.vaeWalking);
    if (state.vaeWalking && !timer) tick();
  });
  const stop = () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
  return { element: h("div.row", {}, play, one, many, more, anew), stop };
}

/** The plane of two coordinates of z: the codes, and the last steps among them. */
function createPlane(store) {
  const { state } = store;
  const canvas = h("canvas.square", { role: "img", "aria-label": "The walk among the codes of the test images" });
  const caption = h("p.note");
  const points = createPointLayer(paint);
  let side = 0;

  function paint() {
    if (!shown(state) || !state.theme) return;
    side = canvas.clientWidth || side;
    if (!side) return;
    const { theme, walker } = state;
    const g = paperContext(canvas, side, side, theme);
    if (!walker) return;
    const { model, codes, axes, trail } = walker;
    const home = homeHalf(codes, model.latentDim, axes);
    const t = createTransform([0, 0, home], side);
    points.draw(g, t, { codes, axes, hidden: [], hiddenMask: SHOW_ALL, model, theme, home }, { faint: true });
    const place = (z) => [t.x(z[axes[0]]), t.y(z[axes[1]])];
    g.strokeStyle = g.fillStyle = theme.ink;
    g.lineWidth = 1.5;
    for (let n = trail.length - 1; n > 0; n--) {
      g.globalAlpha = 1 - n / TRAIL;
      g.beginPath();
      g.moveTo(...place(trail[n]));
      g.lineTo(...place(trail[n - 1]));
      g.stroke();
      drawDisc(g, ...place(trail[n]), 2.5, theme.ink, theme.paper, 0.5);
    }
    g.globalAlpha = 1;
    drawDisc(g, ...place(trail[0]), 7, theme.accent, theme.paper, 2.5);
  }

  store.on(["walker", "vaeWalked", "theme", "sized", "chapter", "walk_of"], paint);
  store.on(["walker", "loading"], () => {
    const { walker } = state;
    const D = walker?.model.latentDim;
    setText(caption, state.loading ? "Loading the model …" : !walker ? "" : `The codes of the test images, coloured by class${D > 2 ? `; ${axisName(walker.axes[0])} and ${axisName(walker.axes[1])}, the two of ${D} coordinates with the largest rate` : ""}.`);
  });
  return { element: h("div.vae-plane", {}, canvas, caption), stop: points.stop };
}

const steps = (value) => `${value < 100 ? fixed(value, 1) : count(Math.round(value))} steps`;

function createFacts(store) {
  const { state } = store;
  const [exact, estimate] = ["vae-exact", "vae-estimate"].map((name) => h("strong", { "data-testid": name }));
  const known = h("p", {}, "This model is linear and its q(z|x) is the exact posterior: the slowest direction forgets in 1 + s²/σ² = ", exact, ".");
  const which = h("span");
  const from = h("span");
  const guessed = h("p", {}, "On this walk ", which, ", the slowest coordinate, forgets in about ", estimate, from);
  const short = h("p", {}, "The walk is too short to estimate how soon it forgets: let it take 10,000 steps, or more.");
  const words = h("p", { "data-testid": "vae-words" });
  const note = h("p.note", {}, "q(z|x) is only close to the exact posterior here, so the law of the walk is only close to p(z).");
  store.on(["walker", "vaeWalked"], () => {
    const { walker } = state;
    known.hidden = !walker?.exact;
    guessed.hidden = !walker?.memory;
    short.hidden = !walker || !!walker.memory || !!walker.exact;
    note.hidden = !walker || !!walker.exact;
    if (!walker) return setText(words, "");
    if (walker.exact) setText(exact, steps(Math.max(...walker.exact)));
    if (walker.memory) {
      const { time, error, dimension } = walker.memory;
      setText(which, axisName(dimension));
      setText(estimate, time < 100 ? `${fixed(time, 1)} ± ${fixed(error, 1)} steps` : `${count(Math.round(time))} ± ${count(Math.round(error))} steps`);
      setText(from, walker.exact ? ", by its autocorrelation." : `: an estimate from its autocorrelation. Other functions of z may be slower.`);
    }
    const changed = walker.classes > 1 ? `, and ${count(walker.changes)} times to another class of the nearest code` : "";
    setText(words, walker.steps ? `${count(walker.steps)} steps${changed}.` : "");
  });
  return h("div.facts-of-family", {}, known, guessed, short, words, note);
}

/** The last steps as pictures, the newest first: the mean of p(x|z), and below it the x that was drawn and encoded. */
function createPictures(store) {
  const { state } = store;
  const pairs = Array.from({ length: PICTURES }, (_, n) => {
    const when = n ? `${n} steps before` : "the newest step";
    return [createPicture(`Mean of p(x|z), ${when}`), createPicture(`x drawn, ${when}`, { class: "pixels small" })];
  });
  const boxes = pairs.map(([mean, x]) => h("div", { hidden: true }, mean.canvas, x.canvas));
  const element = h("section.vae-pictures", { "aria-label": "Pictures of the last steps", hidden: true }, h("h2", {}, "The last steps, newest first: mean of p(x|z), and the x drawn"), h("div.vae-steps", {}, ...boxes));
  store.on(["walker", "vaeWalked", "theme"], () => {
    element.hidden = !state.walker?.pictures.length;
    pairs.forEach(([mean, x], n) => {
      const step = state.walker?.pictures[n];
      boxes[n].hidden = !step;
      if (!step) return;
      mean.show(step.mean, state.walker.model.imageShape);
      x.show(step.x, state.walker.model.imageShape);
    });
  });
  return element;
}
