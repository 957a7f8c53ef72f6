/**
 * The plane, in three layers. What rests (grid, density, decoded grid, points) is kept on a canvas that is not shown; the
 * canvas that is shown has it and what changes with x over it; z is an element of its own, so that a drag paints neither.
 */

import { drawing, h, iconButton } from "./dom.js";
import { listenKeys } from "./keys.js";
import { drawGrid, drawTicks } from "./layers/axes.js";
import { createCloud } from "./layers/cloud.js";
import { createDensity } from "./layers/density.js";
import { createManifold } from "./layers/manifold.js";
import { drawOverlay } from "./layers/overlay.js";
import { listenPointer } from "./pointer.js";
import { createTip } from "./panels/tip.js";
import { NARROWEST, WIDEST, between, createTransform, zoomed } from "./transform.js";

const PLUS = "M10 4v12M4 10h12";
const MINUS = "M4 10h12";
const HOME = "M4 9V4h5M16 11v5h-5M4 4l5 5M16 16l-5-5M11 4h5v5M9 16H4v-5M16 4l-5 5M4 16l5-5";
const LENS = "M9 3.5a5.5 5.5 0 1 0 .01 0M13 13l4 4M6.5 9a2.5 1.5 0 1 0 5 0a2.5 1.5 0 1 0 -5 0";
const HAND = "M10 3v14M3 10h14M10 3l-2 2M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2";
const TICKS = "M24 13V2M24 35v11M13 24H2M35 24h11"; // of the handle of z: what is under it stays to be seen
const DOT = "M24 18a6 6 0 1 0 .01 0";
const REST = ["window", "axes", "overlays", "hidden", "codes", "model", "theme", "size", "rest"];
const OVER = ["q", "source", "seed", "hover", ...REST];

/** @returns {{element: HTMLElement, stop: () => void}} */
export function createPlane(store, session) {
  const { state } = store;
  const base = document.createElement("canvas");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const handle = h("div.handle", { hidden: true, "aria-hidden": "true" }, drawing("0 0 48 48", TICKS, TICKS, DOT));
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
  const view = createView(store);
  const pan = iconButton(HAND, "Move the view by dragging", () => store.set({ panning: !state.panning }), { "aria-pressed": "false" });
  const lens = iconButton(LENS, "Zoom to q(z|x)", () => view.posterior());
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

function showProgress(surface, veil, progress) {
  veil.hidden = !progress;
  veil.textContent = progress ?? "";
  surface.setAttribute("aria-busy", String(!!progress));
}

/** Moves of the window: at once while a hand is on it, eased from a button or a key. */
function createView(store) {
  const { state } = store;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let frame = 0;

  function moveTo(target, { ease = false } = {}) {
    cancelAnimationFrame(frame);
    if (!ease || still.matches || !state.window) return store.set({ window: target });
    const from = state.window;
    const begin = performance.now();
    const step = (now) => {
      const u = Math.min(1, Math.max(0, (now - begin) / 180));
      store.set({ window: u < 1 ? between(from, target, 1 - (1 - u) ** 3) : target });
      if (u < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
  }

  const transform = () => createTransform(state.window, state.size);
  return {
    transform,
    moveTo,
    zoom: (factor) => state.window && moveTo(zoomed(transform(), factor), { ease: true }),
    posterior: () => moveTo(around(state), { ease: true }),
    home: () => moveTo([0, 0, state.home], { ease: true }),
    stop: () => cancelAnimationFrame(frame),
  };
}

/** The window in which the ellipse of q at 2 sd fills two fifths of the plane. */
function around({ q: { mu, logvar }, axes: [i, j] }) {
  const half = 5 * Math.exp(0.5 * Math.max(logvar[i], logvar[j]));
  return [mu[i], mu[j], Math.min(WIDEST, Math.max(NARROWEST, half))];
}

/** A context in CSS pixels on an opaque canvas of device pixels. */
function prepare(canvas, size) {
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round(size * ratio);
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const g = canvas.getContext("2d", { alpha: false });
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
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

function placeHandle(handle, { z, axes: [i, j], window, size }) {
  handle.hidden = !(z && window && size);
  if (handle.hidden) return;
  const t = createTransform(window, size);
  handle.style.transform = `translate(${t.x(z[i])}px, ${t.y(z[j])}px)`;
}
