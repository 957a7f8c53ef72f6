/**
 * The plane, in three layers. What rests (grid, density, decoded grid, points) is kept on a canvas that is not shown; the
 * canvas that is shown has it and what changes with x over it; z is an element of its own, so that a drag paints neither.
 */

import { h, iconButton } from "./dom.js";
import { listenKeys } from "./keys.js";
import { drawGrid, drawTicks } from "./layers/axes.js";
import { createCloud } from "./layers/cloud.js";
import { createDensity } from "./layers/density.js";
import { createManifold } from "./layers/manifold.js";
import { drawOverlay } from "./layers/overlay.js";
import { listenPointer } from "./pointer.js";
import { createTip } from "./panels/tip.js";
import { HAND, HOME, LENS, MINUS, PLUS, createHandle, createView, placeHandle, prepare, showProgress } from "./surface.js";
import { NARROWEST, WIDEST, createTransform } from "./transform.js";

const REST = ["window", "axes", "overlays", "hidden", "codes", "model", "theme", "size", "rest"];
const OVER = ["q", "source", "seed", "hover", ...REST];

/** @returns {{element: HTMLElement, stop: () => void}} */
export function createPlane(store, session) {
  const { state } = store;
  const base = document.createElement("canvas");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const handle = createHandle();
  const surface = h("div.surface", {
    tabindex: "0",
    role: "application",
    "aria-roledescription": "latent plane",
    "aria-label": "Latent plane. Arrow keys move z, with shift in smaller steps; plus and minus zoom, 0 resets the view, "
      + "Enter chooses the nearest image, Escape clears it.",
    "aria-describedby": "summary",
    "data-testid": "latent-plane",
  }, canvas, handle);
  const tip = createTip(store);
  const repaint = () => store.set({ rest: {} });
  const layers = { density: createDensity(repaint), manifold: createManifold(repaint), cloud: createCloud(repaint) };
  const view = createView(store, around);
  const pan = iconButton(HAND, "Move the view by dragging", () => store.set({ panning: !state.panning }), { "aria-pressed": "false" });
  const lens = iconButton(LENS, "Zoom to q(z|x)", () => view.focus());
  const tools = h("div.tools", { role: "group", "aria-label": "View of the plane" },
    iconButton(PLUS, "Zoom in", () => view.zoom(1.6)),
    iconButton(MINUS, "Zoom out", () => view.zoom(1 / 1.6)),
    iconButton(HOME, "Show everything", () => view.home()),
    lens,
    pan,
  );
  const hint = h("div.hint.gone", { "aria-hidden": "true" }, "Drag anywhere");
  const veil = h("div.veil", { role: "status" });
  const element = h("div.plane", {}, surface, tip.element, hint, veil, tools);

  const unlisten = [listenPointer(surface, store, session, view), listenKeys(surface, store, session, view)];
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ size: contentRect.width }));
  observer.observe(surface);

  store.on(REST, () => state.size && state.window && paintBase(base, state, layers));
  store.on(OVER, () => state.size && state.window && paintOver(canvas, base, state));
  store.on(["z", "axes", "window", "size"], () => placeHandle(handle, state));
  store.on(["q"], () => (lens.disabled = !state.q));
  store.on(["panning"], () => {
    pan.setAttribute("aria-pressed", String(!!state.panning));
    surface.classList.toggle("panning", !!state.panning);
  });
  store.on(["touched", "q", "codes"], () => hint.classList.toggle("gone", !!(state.touched || state.q || !state.codes)));
  store.on(["progress"], () => showProgress(surface, veil, state.progress));

  function stop() {
    observer.disconnect();
    for (const end of unlisten) end();
    for (const layer of Object.values(layers)) layer.stop();
    view.stop();
  }
  return { element, stop };
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
