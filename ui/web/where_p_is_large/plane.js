/**
 * The plane of z for one x: log p(x|z) as a heat map and the grid, and over them what changes with the draws; z is an
 * element of its own, so that a drag paints none of it.
 */

import { createColorScale } from "../shared/color_scale.js";
import { drawGrid, drawTicks } from "../shared/layers/axes.js";
import { drawPosterior, drawPrior, markSmallEllipse } from "../shared/layers/overlay.js";
import { createPlaneSurface, prepareContext } from "../shared/plane_surface.js";
import { ellipseOn } from "../shared/projection.js";
import { NARROWEST, WIDEST, createTransform } from "../shared/viewport.js";
import { createHeatmap } from "./heatmap.js";
import { drawContours, drawDraws } from "./overlays.js";
import { createTooltip } from "./tooltip.js";

const KEYS = ["q", "race", "n", "shown", "window", "layers", "input", "model", "theme", "size", "rest", "sigma", "depth", "lattice", "x", "drawing"];
const LABEL = "Latent plane with log p(x|z). Arrow keys move z, with shift in smaller steps; plus and minus zoom, "
  + "0 resets the view.";

/** @returns {{element: HTMLElement, works: () => boolean, stop: () => void}} `works` is whether some is still decoded */
export function createPlane(store, session) {
  const { state } = store;
  const repaint = () => store.set({ rest: {} });
  const rasters = { view: createHeatmap(96, repaint), spot: createHeatmap(64, repaint) };
  const about = { label: LABEL, testid: "likelihood-map", focus: "Zoom to the bright spot", around };
  const surface = createPlaneSurface(store, session, about, createTooltip(store).element);

  store.derive(["ramp"], ["theme"], ({ theme }) => ({ ramp: createColorScale(theme.dark) }));
  store.derive(["deepest"], ["depth", "truth", "energy", "sigma", "rest"], () => ({ deepest: deepestOf(state, rasters.view) }));
  store.on(KEYS, () => state.size && state.window && paint(surface.canvas, state, rasters));
  store.on(["lattice", "sigma", "model"], () => (surface.lens.disabled = !state.truth));

  function stop() {
    for (const part of [surface, ...Object.values(rasters)]) part.stop();
  }
  const works = () => Object.values(rasters).some((raster) => raster.works());
  return { element: surface.element, works, stop };
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
    const logPx = energy.at(sigma);
    const depth = (e) => truth.best - logPx(e);
    const { deepest } = state;
    const look = { depth, deepest, ramp, look: [truth.best, sigma, deepest, theme.dark].join() };
    view.draw(g, t, look);
    if (state.fresh) spot.draw(g, t, look);
    if (!state.fresh || view.grid()?.input !== state.input) dim(g, t, theme);
  }
  drawGrid(g, t, theme);
  drawTicks(g, t, theme, [0, 1]);
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
