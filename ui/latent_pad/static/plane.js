/**
 * The plane, in three layers. What rests (grid, density, decoded grid, points) is kept on a canvas that is not shown; the
 * canvas that is shown has it and what changes with x over it; z is an element of its own, so that a drag paints neither.
 */

import { h } from "./dom.js";
import { drawGrid, drawTicks } from "./layers/axes.js";
import { createCloud } from "./layers/cloud.js";
import { createDensity } from "./layers/density.js";
import { createManifold } from "./layers/manifold.js";
import { drawOverlay } from "./layers/overlay.js";
import { createTip } from "./panels/tip.js";
import { createSurface, prepare } from "./surface.js";
import { NARROWEST, WIDEST, createTransform } from "./transform.js";

const REST = ["window", "axes", "overlays", "hidden", "codes", "model", "theme", "size", "rest"];
const OVER = ["q", "source", "seed", "hover", "trails", ...REST];

const LABEL = "Latent plane. Arrow keys move z, with shift in smaller steps; plus and minus zoom, 0 resets the view, "
  + "Enter chooses the nearest image, Escape clears it.";

/** @returns {{element: HTMLElement, stop: () => void}} */
export function createPlane(store, session) {
  const { state } = store;
  const base = document.createElement("canvas");
  const repaint = () => store.set({ rest: {} });
  const layers = { density: createDensity(repaint), manifold: createManifold(repaint), cloud: createCloud(repaint) };
  const hint = h("div.hint.gone", { "aria-hidden": "true" }, "Drag anywhere");
  const about = { label: LABEL, testid: "latent-plane", focus: "Zoom to q(z|x)", around };
  const surface = createSurface(store, session, about, createTip(store).element, hint);

  store.on(REST, () => state.size && state.window && paintBase(base, state, layers));
  store.on(OVER, () => state.size && state.window && paintOver(surface.canvas, base, state));
  store.on(["q"], () => (surface.lens.disabled = !state.q));
  store.on(["touched", "q", "codes"], () => hint.classList.toggle("gone", !!(state.touched || state.q || !state.codes)));

  function stop() {
    for (const part of [surface, ...Object.values(layers)]) part.stop();
  }
  return { element: surface.element, stop };
}

/** The window in which the ellipse of q at 2 sd fills two fifths of the plane. */
function around({ q: { mu, logvar }, axes: [i, j] }) {
  const half = 5 * Math.exp(0.5 * Math.max(logvar[i], logvar[j]));
  return [mu[i], mu[j], Math.min(WIDEST, Math.max(NARROWEST, half))];
}

function paintBase(canvas, state, { density, manifold, cloud }) {
  const t = createTransform(state.window, state.size);
  const g = prepare(canvas, state.size);
  const { theme, overlays } = state;
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, t.size, t.size);
  drawGrid(g, t, theme);
  density.draw(g, t, state);
  manifold.draw(g, t, state);
  cloud.draw(g, t, state, { faint: overlays.includes("manifold") || overlays.includes("density") });
  drawTicks(g, t, theme, state.axes);
}

function paintOver(canvas, base, state) {
  const g = prepare(canvas, state.size);
  g.drawImage(base, 0, 0, state.size, state.size);
  drawOverlay(g, createTransform(state.window, state.size), state);
}
