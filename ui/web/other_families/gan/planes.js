/** The squares of the chapter: z under the finger, what each model makes of it, and the two discriminators. */

import { paperContext, placeIn } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { rgbaOf } from "../../shared/palette.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { sigmoid } from "../engine/binary_states.js";
import { createChartSave } from "../chart_save.js";
import { apply } from "../engine/network.js";
import { sigmaOf } from "../engine/vae.js";
import { HALF, SIDE } from "./training.js";

const Z_HALF = 3; // of the plane of z
const FAINT = 1e-5; // of p + q: where all of the plane has less, it has less than 0.001 of the mass
const COLOURS = { gan: "encoder", vae: "mixture" }; // names in proposal_styles.js

export const modelColour = (name, theme) => colourOf(COLOURS[name], theme);

/** A canvas that is painted when its chapter is shown and something of it has changed; square unless `height` is given. */
export function createCanvas(store, keys, tag, labelled, paint, { height = null, ...props } = {}) {
  const { state } = store;
  const canvas = h(tag, { role: "img", "aria-label": labelled, ...props });
  let width = 0;
  store.on([...keys, "game", "play", "theme", "sized", "chapter"], (changed) => {
    if (state.chapter !== "gan" || !state.theme) return;
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width) return;
    if (height) canvas.style.height = `${height}px`;
    const g = paperContext(canvas, width, height ?? width, state.theme);
    if (state.game) paint(g, width, state.theme);
  });
  return canvas;
}

const placer = (side, half) => [(x) => ((x + half) / (2 * half)) * side, (y) => ((half - y) / (2 * half)) * side];

const DECODERS = {
  gan: { title: "GAN: x = G(z)", spoken: "Data, samples and the generator's density", at: ({ generator }) => generator, sigma: () => 0, point: "G(z)" },
  vae: { title: "VAE: x ~ p(x|z)", spoken: "Data, samples and the density of the VAE", at: ({ vae }) => vae.decoder, sigma: ({ vae }) => sigmaOf(vae), point: "decoder(z) ± σ" },
};

/** The data, the samples of a model, its density, and the x of the z under the finger. */
export function createPlane(store, name) {
  const { state } = store;
  const { title, spoken, at, sigma, point } = DECODERS[name];
  const heat = document.createElement("canvas");
  const paint = (g, side, theme) => {
    const { game, under } = state;
    const colour = modelColour(name, theme);
    paintHeat(heat, game.densities[name], colour, 2 / Math.max(...game.p));
    g.imageSmoothingEnabled = true;
    g.drawImage(heat, 0, 0, side, side);
    const [X, Y] = placer(side, HALF);
    const dots = (points, size) => {
      for (let n = 0; n < points.length; n += 2) g.fillRect(X(points[n]) - size / 2, Y(points[n + 1]) - size / 2, size, size);
    };
    g.fillStyle = theme.ink;
    g.globalAlpha = 0.35;
    dots(game.data, 2);
    g.globalAlpha = 1;
    g.fillStyle = colour;
    dots(game.samples[name](), side < 250 ? 2 : 3);
    const [a, b] = apply(at(game), Float64Array.from(under));
    drawDisc(g, X(a), Y(b), 7, theme.accent, theme.paper, 2.5);
    const radius = (sigma(game) / (2 * HALF)) * side;
    if (radius) {
      g.strokeStyle = theme.accent;
      g.lineWidth = 1.5;
      g.beginPath();
      g.arc(X(a), Y(b), radius, 0, 2 * Math.PI);
      g.stroke();
    }
    if (side > 250) key(g, theme, [["data", theme.ink], ["samples and density", colour], [point, theme.accent]]);
  };
  const save = createChartSave(`the plane of the ${name.toUpperCase()}`, `${name}-on-the-plane`, (width) => width, paint);
  return h(`section.gan-plane.of-${name}`, { "aria-label": title }, h("h2", {}, title), createCanvas(store, ["under"], "canvas.square", spoken, paint), h("div.row", {}, save));
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

/** The plane of z: drag, and see where both models take it; also by the arrow keys. */
export function createLatent(store) {
  const { state } = store;
  const clamp = (value) => Math.min(Z_HALF, Math.max(-Z_HALF, value));
  const canvas = createCanvas(store, ["under"], "canvas.square", "The plane of z: arrow keys move z", (g, side) => {
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
  return h("section.gan-latent", { "aria-label": "The plane of z" }, h("h2", {}, "z ~ N(0, I): drag"), canvas);
}

/** The learned discriminator, and the best one against this generator. */
export function createDiscriminators(store) {
  const { state } = store;
  const raster = document.createElement("canvas");
  const learned = () => {
    const points = new Float64Array(2 * SIDE * SIDE);
    const cell = (2 * HALF) / SIDE;
    for (let row = 0, at = 0; row < SIDE; row++) for (let column = 0; column < SIDE; column++, at += 2) points.set([-HALF + cell * (column + 0.5), HALF - cell * (row + 0.5)], at);
    return apply(state.game.discriminator, points).map(sigmoid);
  };
  const best = () => state.game.p.map((p, k) => (p + state.game.densities.gan[k] > FAINT ? p / (p + state.game.densities.gan[k]) : 0.5));
  const square = (name, values) => createCanvas(store, [], "canvas.square", name, (g, side) => {
    paintHeat(raster, values(), state.theme.ink, 1);
    g.imageSmoothingEnabled = true;
    g.drawImage(raster, 0, 0, side, side);
  });
  const figure = (canvas, words) => h("figure", {}, canvas, h("figcaption", {}, words));
  return h("section.gan-judges", { "aria-label": "Discriminators" }, h("h2", {}, "D: strong for data"),
    h("div.two", {}, figure(square("The learned discriminator", learned), "D, learned"), figure(square("The best discriminator", best), "D* = p / (p + q), grey where both are 0")));
}
