/**
 * The plane of z for one x: log p(x|z) as a heat map and the grid, and over them what changes with the draws; z and the card
 * at it are elements of their own, so that a drag paints none of it. Above it, what to lay over it.
 */

import { logPrior } from "../engine/gaussian.js";
import { prepareContext } from "../shared/canvas.js";
import { button, h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { drawGrid, drawTicks } from "../shared/layers/axes.js";
import { drawDisc, drawPosterior, drawPrior, markSmallEllipse } from "../shared/layers/overlay.js";
import { DISC, colorStepOf, createColorScale, linearStepOf } from "../shared/palette.js";
import { createPicture } from "../shared/picture.js";
import { createPlaneSurface } from "../shared/plane_surface.js";
import { ellipseOn } from "../shared/projection.js";
import { GLYPHS, NAMES, RACERS, SHAPES, colourOf } from "../shared/proposal_styles.js";
import { NARROWEST, WIDEST, createTransform } from "../shared/viewport.js";
import { describeScale } from "./caption.js";
import { createHeatmap } from "./heatmap.js";
import { drawContours, drawDraws } from "./overlays.js";
import { RADIUS } from "./view.js";

const KEYS = ["q", "race", "n", "shown", "window", "layers", "input", "model", "theme", "size", "rest", "sigma", "colour", "depth", "lattice", "x", "drawing"];
const LABEL = "Latent plane with log p(x|z). Arrow keys move z, with shift in smaller steps; plus and minus zoom, "
  + "0 resets the view.";
const NOT_YET = "The map is not there yet: close this, and try again when it is.";

/**
 * @returns {{element: HTMLElement, works: () => boolean, figureOf: () => import("../shared/figure.js").Figure,
 *   stop: () => void}} `works` is whether some is still decoded
 */
export function createPlane(store, session) {
  const { state } = store;
  const repaint = () => store.set({ rest: {} });
  const rasters = { view: createHeatmap(96, repaint), spot: createHeatmap(64, repaint) };
  const about = { label: LABEL, testid: "likelihood-map", focus: "Zoom to the spot", around };
  const surface = createPlaneSurface(store, session, about, createCircle(store), createDrawLegend(store), createTooltip(store).element);

  store.derive(["ramp"], ["theme"], ({ theme }) => ({ ramp: createColorScale(theme.dark) }));
  store.derive(["deepest"], ["depth", "truth", "energy", "sigma", "rest"], () => ({ deepest: deepestOf(state, rasters.view) }));
  store.on(KEYS, () => state.size && state.window && paint(surface.canvas, state, rasters));
  store.on(["lattice", "sigma", "model"], () => (surface.lens.disabled = !state.truth));

  function stop() {
    for (const part of [surface, ...Object.values(rasters)]) part.stop();
  }
  const works = () => Object.values(rasters).some((raster) => raster.works());
  return { element: surface.element, works, figureOf: () => figureOfPlane(state, rasters), stop };
}

/** The window in which the posterior fills half of the plane. */
function around({ truth: { box: [a0, a1, b0, b1] } }) {
  const half = Math.max(a1 - a0, b1 - b0);
  return [(a0 + a1) / 2, (b0 + b1) / 2, Math.min(WIDEST, Math.max(NARROWEST, half))];
}

/** A window around the posterior that stays the same while σ moves a little. */
function spotWindow({ box: [a0, a1, b0, b1] }) {
  const half = 2 ** (Math.ceil(2 * Math.log2(0.57 * Math.max(a1 - a0, b1 - b0, 1e-3))) / 2);
  const step = half / 16;
  return [Math.round((a0 + a1) / 2 / step) * step, Math.round((b0 + b1) / 2 / step) * step, half];
}

/** How many nats below the best the colours reach: as many as are asked for, or down to the least that is in view. */
function deepestOf({ depth, truth, energy, sigma }, view) {
  if (depth !== "all") return Number(depth);
  return truth && energy ? Math.ceil(Math.max(1, truth.best - energy.at(sigma)(view.most() ?? 0))) : NaN;
}

function paint(canvas, state, rasters) {
  const t = createTransform(state.window, state.size);
  const g = prepareContext(canvas, state.size);
  paintRest(g, t, state, rasters);
  paintOver(g, t, state, rasters);
}

function paintRest(g, t, state, { view, spot }) {
  const { theme, truth, energy, sigma, ramp } = state;
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, Math.ceil(t.size), Math.ceil(t.size));
  if (energy && state.input) {
    view.aim(state.window, state);
    if (truth && state.fresh) spot.aim(spotWindow(truth), state);
  }
  if (energy && truth && state.layers.includes("heat")) {
    const look = { stepOf: coloursOf(state), ramp, look: [truth.best, truth.highest, sigma, state.colour, state.deepest, theme.dark].join() };
    view.draw(g, t, look);
    if (state.fresh) spot.draw(g, t, look);
    if (!state.fresh || view.grid()?.input !== state.input) dim(g, t, theme);
  }
  drawGrid(g, t, theme);
  drawTicks(g, t, theme, [0, 1]);
}

/** The step of the scale of colours for a place on the plane, from its energy: in nats below the best z, or as a share of the largest. */
function coloursOf({ colour, truth, energy, sigma, deepest }) {
  const logPx = energy.at(sigma);
  if (colour === "log") return (e) => colorStepOf(truth.best - logPx(e), deepest);
  if (colour === "likelihood") return (e) => linearStepOf(Math.exp(logPx(e) - truth.best));
  return (e, a, b) => linearStepOf(Math.exp(logPx(e) + logPrior([a, b]) - truth.highest));
}

/** What is shown belongs to the x before: it is faint until the new one is there. */
function dim(g, t, theme) {
  g.globalAlpha = 0.6;
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, t.size, t.size);
  g.globalAlpha = 1;
}

function paintOver(g, t, state, { spot }) {
  const { theme, layers, q, truth } = state;
  if (layers.includes("prior")) drawPrior(g, t, theme);
  if (layers.includes("race") && state.runs) drawDraws(g, t, state);
  if (layers.includes("q") && q) drawPosterior(g, t, theme, ellipseOn(q, [0, 1]), { fill: false });
  if (layers.includes("posterior") && truth && state.fresh) drawContours(g, t, state, spot.grid());
  if (layers.includes("q") && q) markSmallEllipse(g, t, theme, ellipseOn(q, [0, 1]));
}

/** The plane with z, and what its colours and marks mean. */
function figureOfPlane(state, rasters) {
  if (!state.size || !state.window || !state.truth || !state.z) throw new Error(NOT_YET);
  const scene = { ...state };
  return {
    name: `${state.info.id}-where-p-is-large`,
    title: `${state.info.title}: log p(x|z) over the latent plane`,
    heightOf: (width) => width,
    legendOf: ({ theme }) => legendOf(Object.assign(scene, { theme })),
    paint: (g, { width, theme }) => {
      const t = createTransform(state.window, width);
      Object.assign(scene, { theme, size: width, ramp: createColorScale(theme.dark) });
      paintRest(g, t, scene, rasters);
      paintOver(g, t, scene, rasters);
      drawDisc(g, t.x(state.z[0]), t.y(state.z[1]), 6, theme.accent, theme.paper, 2.5);
    },
  };
}

function legendOf(state) {
  const { theme, layers, q, runs } = state;
  const entries = [
    { name: "z", colour: theme.accent, shape: DISC },
    layers.includes("q") && q && { name: "q(z|x), 1 and 2 sd", colour: colourOf("encoder", theme) },
    layers.includes("prior") && { name: "p(z)", colour: colourOf("prior", theme), dash: [4, 3] },
    ...(layers.includes("race") && runs ? RACERS.map((name) => ({ name: `draws: ${NAMES[name]}`, colour: colourOf(name, theme), shape: SHAPES[name] })) : []),
  ].filter(Boolean);
  const scales = layers.includes("heat") ? [{ ramp: createColorScale(theme.dark), ...describeScale(state) }] : [];
  return { entries, scales };
}

/** The small card at z while it is dragged: its picture, log p(x|z) and log p(z). */
function createTooltip(store) {
  const { state } = store;
  const picture = createPicture("");
  const [likelihood, prior] = [h("strong"), h("span")];
  const element = h("div.tip.at-z", { "aria-hidden": "true", hidden: true }, picture.canvas, likelihood, prior);

  store.on(["here", "busy", "window", "size"], () => {
    const { here, busy, window, size, model } = state;
    element.hidden = !(busy && state.dragged && here && window && size);
    if (element.hidden) return;
    const t = createTransform(window, size);
    const [x, y] = [t.x(here.z[0]), t.y(here.z[1])];
    element.style.transform = `translate(${Math.min(t.size - 132, Math.max(4, x - 64))}px, ${y > 190 ? y - 186 : y + 34}px)`;
    picture.show(here.mean, model.imageShape);
    setText(likelihood, Number.isFinite(here.logPx) ? `log p(x|z) ${fixed(here.logPx)}` : "");
    setText(prior, `log p(z) ${fixed(here.logPrior)}`);
  });
  return { element };
}

/** The circle around z whose share of p(x) the caption names: an element of its own, as a drag paints nothing. */
function createCircle(store) {
  const { state } = store;
  const element = h("div.circle", { "aria-hidden": "true", hidden: true });
  store.on(["z", "window", "size"], () => {
    element.hidden = !(state.z && state.window && state.size);
    if (element.hidden) return;
    const t = createTransform(state.window, state.size);
    const radius = RADIUS * t.scale;
    element.style.width = element.style.height = `${2 * radius}px`;
    element.style.transform = `translate(${t.x(state.z[0]) - radius}px, ${t.y(state.z[1]) - radius}px)`;
  });
  return h("div.circles", {}, element);
}

/** What the marks of the draws mean. */
function createDrawLegend(store) {
  const { state } = store;
  const entry = (name) => h("span", { class: name }, `${GLYPHS[name]} ${NAMES[name]}`);
  const element = h("p.draw-legend", { "data-testid": "draw-legend" }, ...RACERS.map(entry), h("span", {}, "size: weight"));
  store.on(["layers"], () => (element.hidden = !state.layers.includes("race")));
  return element;
}

const LAYER_NAMES = { heat: "Colours", prior: "Prior", posterior: "Exact posterior", q: "Encoder q", race: "Draws" };
const LAYERS = Object.keys(LAYER_NAMES);
const TITLES = {
  heat: "How well each z explains x, as colour",
  prior: "Circles of the prior p(z) at 1, 2 and 3 standard deviations",
  posterior: "The exact posterior p(z|x): contours around 50 %, 90 % and 99 % of it",
  q: "The encoder's q(z|x) at 1 and 2 standard deviations, to scale",
  race: "The draws of the race: the larger a mark, the larger its weight",
};

/** Above the plane: what to lay over it. */
export function createToolbar(store) {
  const { state } = store;
  const toggle = (name) => store.set({ layers: LAYERS.filter((o) => (o === name) !== state.layers.includes(o)), touched: true });
  const chips = LAYERS.map((name) => button(LAYER_NAMES[name], () => toggle(name), { class: `chip ${name}`, title: TITLES[name] }));
  store.on(["layers"], () => chips.forEach((chip, k) => chip.setAttribute("aria-pressed", String(state.layers.includes(LAYERS[k])))));
  return { element: h("div.bar", {}, h("div.chips", { role: "group", "aria-label": "Layers of the map" }, ...chips)) };
}
