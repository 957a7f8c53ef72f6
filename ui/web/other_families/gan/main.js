/**
 * A GAN on the plane: the generator bends z into x while the discriminator learns to tell x from the data; beside them what
 * theory says: the generator's density, the best discriminator, and the value of the game.
 */

import { paperContext, placeIn } from "../../shared/canvas.js";
import { h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { rgbaOf } from "../../shared/palette.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { sigmoid } from "../engine/binary_states.js";
import { apply } from "../engine/network.js";
import { GAN, createTrainingControls } from "../training_controls.js";
import { COUNTED, HALF, SIDE, createGame } from "./training.js";

const Z_HALF = 3; // of the plane of z
const [LOWEST, HIGHEST] = [-3, 0.4]; // of the chart, nats
const CHART = 150; // pixels

export function createGanChapter(store) {
  const { state } = store;
  store.derive(["game"], ["modes", "pace", "seed", "renewed", "info"], () => ({ game: state.info ? createGame(state) : null }));
  const controls = { label: "Training of the GAN", testid: "gan-", names: { modes: "modes of the data", pace: "learning rate" } };
  const parts = [createTrainingControls(store, GAN, controls), createPlane(store), createLatent(store), createJudges(store), createValues(store)];
  const [buttons, plane, latent, judges, values] = parts.map((part) => part.element);
  const element = h("div.chapter.gan", { hidden: true }, buttons,
    h("div.families-layout", {},
      h("div.column", {}, plane, createExplanations(store, ["gan"])),
      h("div.column", {}, h("div.two", {}, latent, judges), values, createFacts(store))));
  return { element, stop: () => parts.forEach((part) => part.stop?.()) };
}

/** A square canvas that is painted when its chapter is shown and something of it has changed. */
function createSquare(store, keys, labelled, paint, props = {}) {
  const { state } = store;
  const canvas = h("canvas.square", { role: "img", "aria-label": labelled, ...props });
  let side = 0;
  store.on([...keys, "game", "play", "theme", "sized", "chapter"], (changed) => {
    if (state.chapter !== "gan" || !state.game || !state.theme) return;
    if (changed.has("sized") || !side) side = canvas.clientWidth;
    if (side) paint(paperContext(canvas, side, side, state.theme), side);
  });
  return canvas;
}

const placer = (side, half) => [(x) => ((x + half) / (2 * half)) * side, (y) => ((half - y) / (2 * half)) * side];

/** The data, the samples, the generator's density, and the x of the z under the finger. */
function createPlane(store) {
  const { state } = store;
  const heat = document.createElement("canvas");
  const canvas = createSquare(store, ["under"], "Data, samples and the generator's density", (g, side) => {
    const { game, theme, under } = state;
    const colour = colourOf("encoder", theme);
    paintHeat(heat, game.q, colour, 4 / Math.max(...game.p));
    g.imageSmoothingEnabled = true;
    g.drawImage(heat, 0, 0, side, side);
    const [X, Y] = placer(side, HALF);
    g.fillStyle = theme.ink;
    g.globalAlpha = 0.35;
    for (let n = 0; n < game.data.length; n += 2) g.fillRect(X(game.data[n]) - 1, Y(game.data[n + 1]) - 1, 2, 2);
    g.globalAlpha = 1;
    const samples = game.samples();
    g.fillStyle = colour;
    for (let n = 0; n < samples.length; n += 2) g.fillRect(X(samples[n]) - 1.5, Y(samples[n + 1]) - 1.5, 3, 3);
    const [a, b] = apply(game.training.generator, Float64Array.from(under));
    drawDisc(g, X(a), Y(b), 7, theme.accent, theme.paper, 2.5);
    key(g, theme, [["data", theme.ink], ["samples and density of G", colour], ["G(z)", theme.accent]]);
  });
  return { element: h("section.gan-plane", { "aria-label": "The plane of x" }, h("h2", {}, "x = G(z) among the data"), canvas) };
}

function key(g, theme, entries) {
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "left";
  g.textBaseline = "middle";
  entries.forEach(([words, colour], n) => {
    g.fillStyle = colour;
    g.fillRect(10, 12 + 18 * n, 9, 9);
    label(g, theme, words, 25, 17 + 18 * n);
  });
}

/** Values on cells as one colour, opaque in proportion. */
function paintHeat(canvas, values, colour, gain) {
  canvas.width = canvas.height = SIDE;
  const g = canvas.getContext("2d");
  const image = g.createImageData(SIDE, SIDE);
  const [red, green, blue] = rgbaOf(colour);
  values.forEach((value, k) => image.data.set([red, green, blue, 170 * Math.min(1, Math.sqrt(value * gain))], 4 * k));
  g.putImageData(image, 0, 0);
}

/** The plane of z: drag, and see where it goes; also by the arrow keys. */
function createLatent(store) {
  const { state } = store;
  const clamp = (value) => Math.min(Z_HALF, Math.max(-Z_HALF, value));
  const canvas = createSquare(store, ["under"], "The plane of z: arrow keys move z", (g, side) => {
    const { game, theme, under } = state;
    const [X, Y] = placer(side, Z_HALF);
    g.fillStyle = colourOf("prior", theme);
    g.globalAlpha = 0.55;
    for (let n = 0; n < game.z.length; n += 2) g.fillRect(X(game.z[n]) - 1, Y(game.z[n + 1]) - 1, 2, 2);
    g.globalAlpha = 1;
    drawDisc(g, X(under[0]), Y(under[1]), 7, theme.accent, theme.paper, 2.5);
  }, { tabindex: "0", role: "application", "aria-roledescription": "latent plane", "data-testid": "gan-z" });
  const move = (event) => {
    const [across, down] = placeIn(canvas, event);
    const side = canvas.clientWidth;
    store.set({ under: [clamp((across / side) * 2 * Z_HALF - Z_HALF), clamp(Z_HALF - (down / side) * 2 * Z_HALF)] });
  };
  canvas.addEventListener("pointerdown", (event) => (canvas.setPointerCapture(event.pointerId), move(event)));
  canvas.addEventListener("pointermove", (event) => event.buttons && move(event));
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!step) return;
    event.preventDefault();
    store.set({ under: state.under.map((value, k) => clamp(value + step[k])) });
  });
  return { element: h("section.gan-latent", { "aria-label": "The plane of z" }, h("h2", {}, "z ~ N(0, I): drag"), canvas) };
}

/** The learned discriminator, and the best one against this generator. */
function createJudges(store) {
  const { state } = store;
  const raster = document.createElement("canvas");
  const learned = () => {
    const points = new Float64Array(2 * SIDE * SIDE);
    const cell = (2 * HALF) / SIDE;
    for (let row = 0, at = 0; row < SIDE; row++) for (let column = 0; column < SIDE; column++, at += 2) points.set([-HALF + cell * (column + 0.5), HALF - cell * (row + 0.5)], at);
    return apply(state.game.training.discriminator, points).map(sigmoid);
  };
  const best = () => state.game.p.map((p, k) => (p + state.game.q[k] > 0 ? p / (p + state.game.q[k]) : 0.5));
  const square = (name, values) => createSquare(store, [], name, (g, side) => {
    paintHeat(raster, values(), state.theme.ink, 1);
    g.imageSmoothingEnabled = true;
    g.drawImage(raster, 0, 0, side, side);
  });
  const figure = (canvas, words) => h("figure", {}, canvas, h("figcaption", {}, words));
  const element = h("section.gan-judges", { "aria-label": "Discriminators" }, h("h2", {}, "Data or not? Dark: data"),
    h("div.two", {}, figure(square("The learned discriminator", learned), "D, learned"), figure(square("The best discriminator", best), "D* = p / (p + q)")));
  return { element };
}

/** The value of the game over the steps, and that of the best discriminator. */
function createValues(store) {
  const { state } = store;
  const canvas = h("canvas.chart", { role: "img", "aria-label": "The value of the game over the steps" });
  let width = 0;
  store.on(["game", "play", "theme", "sized", "chapter"], (changed) => {
    if (state.chapter !== "gan" || !state.game || !state.theme) return;
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width) return;
    canvas.style.height = `${CHART}px`;
    const { theme, game: { records } } = state;
    const g = paperContext(canvas, width, CHART, theme);
    const last = Math.max(10, records.at(-1).steps);
    const X = (steps) => 40 + (Math.log1p(steps) / Math.log1p(last)) * (width - 50);
    const Y = (value) => 8 + ((HIGHEST - Math.max(LOWEST, Math.min(HIGHEST, value))) / (HIGHEST - LOWEST)) * (CHART - 28);
    g.font = `500 12px ${theme.font}`;
    g.textBaseline = "middle";
    for (const [value, words] of [[0, "0"], [-Math.log(4), "−ln 4"], [-3, "−3"]]) {
      g.fillStyle = theme.line;
      g.fillRect(40, Y(value), width - 50, 1);
      g.textAlign = "right";
      label(g, theme, words, 34, Y(value));
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
    label(g, theme, "steps, on a logarithmic scale", width / 2, CHART - 8);
  });
  return { element: h("section.gan-values", { "aria-label": "The value of the game" }, h("h2", {}, "The value of the game: V(D, G), and dashed V(D*, G)"), canvas) };
}

function createFacts(store) {
  const { state } = store;
  const [modes, share, divergence, error, best, mass] = ["modes-hit", "share", "jsd", "jsd-error", "best", "mass"].map((name) => h("strong", { "data-testid": `gan-${name}` }));
  const element = h("div.facts-of-family.gan-facts", {},
    h("p", {}, "Modes hit: ", modes, `, of ${count(COUNTED)} samples. Within 3 sd of one: `, share, "."),
    h("p", {}, "JSD(p, q) = ", divergence, " ± ", error, " nats, so V(D*, G) = −ln 4 + 2 JSD = ", best, ". On 64 × 64 cells, which see ", mass, " of q."));
  store.on(["game", "play"], () => {
    const record = state.game?.records.at(-1);
    if (!record) return;
    setText(modes, `${record.count} of ${state.modes}`);
    setText(share, `${fixed(100 * record.share, 0)} ± ${fixed(100 * Math.sqrt((record.share * (1 - record.share)) / COUNTED), 1)} %`);
    setText(divergence, fixed(record.divergence, 3));
    setText(error, fixed(record.error, 3));
    setText(best, fixed(record.best, 3));
    setText(mass, `${fixed(100 * record.mass, 0)} %`);
  });
  return element;
}
