/** The squares of the chapter: z under the finger, what each model makes of it, and the two discriminators. */

import { paperContext } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { rgbaOf } from "../../shared/palette.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { sigmoid } from "../engine/binary_states.js";
import { createChartSave } from "../chart_save.js";
import { middles } from "../engine/gan.js";
import { apply } from "../engine/network.js";
import { sigmaOf } from "../engine/vae.js";
import { Z_HALF, listenZ } from "./latent_pointer.js";
import { HALF, SIDES } from "./training.js";

const FAINT = 1e-5; // of p + q: where all that is shown has less, it has less than 0.001 of the mass
const SIDE = SIDES[2];
const CELLS = middles(HALF, SIDE, 2);
const COLOURS = { gan: "encoder", vae: "mixture" }; // names in proposal_styles.js

export const modelColour = (name, theme) => colourOf(COLOURS[name], theme);

/**
 * A canvas that is painted when its chapter is shown and something of it has changed; square unless `height` is given, and
 * only for data of `dims` numbers if that is given.
 */
export function createCanvas(store, keys, tag, labelled, paint, { height = null, dims = null, ...props } = {}) {
  const { state } = store;
  const canvas = h(tag, { role: "img", "aria-label": labelled, ...props });
  let width = 0;
  store.on([...keys, "game", "play", "theme", "sized", "chapter"], (changed) => {
    if (state.chapter !== "gan" || !state.theme || (dims && state.game && dims !== state.game.target.d)) return;
    if (changed.has("sized") || !width) width = canvas.clientWidth;
    if (!width) return;
    if (height) canvas.style.height = `${height}px`;
    const g = paperContext(canvas, width, height ?? width, state.theme);
    if (state.game) paint(g, width, state.theme);
  });
  return canvas;
}

const placer = (side, half) => [(x) => ((x + half) / (2 * half)) * side, (y) => ((half - y) / (2 * half)) * side];

/** Of each model: its names, its network from z to x, and its noise. */
export const DECODERS = {
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
  return h(`section.gan-plane.of-${name}`, { "aria-label": title }, h("h2", {}, title), createCanvas(store, ["under"], "canvas.square", spoken, paint, { dims: 2 }), h("div.row", {}, save));
}

export function key(g, theme, entries, inOneRow = false) {
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "left";
  g.textBaseline = "middle";
  let [left, top] = [10, 12];
  for (const [words, colour] of entries) {
    g.fillStyle = colour;
    g.fillRect(left, top, 9, 9);
    label(g, theme, words, left + 15, top + 5);
    if (inOneRow) left += 35 + g.measureText(words).width;
    else top += 18;
  }
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
  }, { dims: 2, tabindex: "0", role: "application", "aria-roledescription": "latent plane", "data-testid": "gan-z" });
  listenZ(canvas, store, 2);
  return h("section.gan-latent", { "aria-label": "The plane of z" }, h("h2", {}, "z ~ N(0, I): drag"), canvas);
}

/** D* on the cells; one half where neither the data nor the generator have mass. */
export function bestDiscriminator({ p, densities: { gan: q } }) {
  return p.map((value, k) => (value + q[k] > FAINT ? value / (value + q[k]) : 0.5));
}

/** The learned discriminator, and the best one against this generator. */
export function createDiscriminators(store) {
  const { state } = store;
  const raster = document.createElement("canvas");
  const learned = () => apply(state.game.discriminator, CELLS).map(sigmoid);
  const best = () => bestDiscriminator(state.game);
  const square = (name, values) => createCanvas(store, [], "canvas.square", name, (g, side) => {
    paintHeat(raster, values(), state.theme.ink, 1);
    g.imageSmoothingEnabled = true;
    g.drawImage(raster, 0, 0, side, side);
  }, { dims: 2 });
  const figure = (canvas, words) => h("figure", {}, canvas, h("figcaption", {}, words));
  return h("section.gan-judges", { "aria-label": "Discriminators" }, h("h2", {}, "D: strong for data"),
    h("div.two", {}, figure(square("The learned discriminator", learned), "D, learned"), figure(square("The best discriminator", best), "D* = p / (p + q), grey where both are 0")));
}
