/**
 * The canvas of the latent map, in three layers. What rests (grid, density, decoded grid, points) is kept on a canvas that
 * is not shown; the canvas that is shown has it and what changes with x over it; z is an element of its own, so that a
 * drag paints neither.
 */

import { prepareContext } from "../shared/canvas.js";
import { h, setText } from "../shared/dom.js";
import { drawGrid, drawTicks } from "../shared/layers/axes.js";
import { drawOverlay } from "../shared/layers/overlay.js";
import { createPointLayer } from "../shared/layers/points.js";
import { createPlaneSurface } from "../shared/plane_surface.js";
import { projectionOf } from "../shared/projection.js";
import { NARROWEST, WIDEST, createTransform } from "../shared/viewport.js";
import { figureOfMap } from "./downloads.js";
import { createClassNames } from "./layers/class_names.js";
import { createDecodedGrid } from "./layers/decoded_grid.js";
import { createDensity } from "./layers/density.js";
import { createPosteriorLens } from "./layers/posterior_lens.js";
import { createStretchLayer } from "./layers/stretch.js";
import { createCoachMarks } from "./panels/coach_marks.js";
import { createThumbnailLayer, createTooltip } from "./thumbnails.js";

const REST = ["window", "axes", "plane", "embedding", "overlays", "hidden", "peeked", "points", "codes", "selected", "model", "theme", "size", "rest"];
const OVER = ["q", "x", "modes", "source", "seed", "hover", "trajectories", "draft", ...REST];

const LABEL = "Latent plane. Arrow keys move z, with shift in smaller steps; plus and minus zoom, 0 resets the view, "
  + "Enter chooses the nearest image, Escape clears it. B begins a box at z: arrow keys open it, Enter selects what it holds.";
const HINTS = { lasso: "Draw around points", box: "Drag a box over points" };

/** @returns {{element: HTMLElement, canvas: HTMLCanvasElement, figureOf: () => import("../shared/figure.js").Figure, stop: () => void}} */
export function createPlane(store, session, selecting) {
  const { state } = store;
  const base = document.createElement("canvas");
  const repaint = () => store.set({ rest: {} });
  const layers = { density: createDensity(repaint), manifold: createDecodedGrid(repaint), metric: createStretchLayer(store, repaint), cloud: createPointLayer(repaint), names: createClassNames() };
  const sprites = createThumbnailLayer();
  const hint = h("div.hint.gone", { "aria-hidden": "true" });
  const lens = createPosteriorLens(store, () => surface.lens.click());
  const about = { label: LABEL, testid: "latent-plane", focus: "Zoom to q(z|x)", around, selecting, hitRadius: sprites.hitRadius };
  const surface = createPlaneSurface(store, session, about, createTooltip(store).element, hint, createCoachMarks(store).element, lens.element);

  const paintRest = (g) => drawRest(g, createTransform(state.window, state.size), state, layers, sprites);
  const figureOf = () => figureOfMap(state, (g, scene, named) => {
    const t = createTransform(scene.window, scene.size);
    drawRest(g, t, scene, named ? layers : { ...layers, names: null }, sprites);
    drawOverlay(g, t, scene);
  });

  store.derive(["ofPeeked"], ["peeked", "codes", "hiddenMask"], ({ peeked, codes, hiddenMask }) => ({
    ofPeeked: peeked >= 0 && codes && !hiddenMask[peeked] ? indicesOf(codes.label, peeked) : null,
  }));
  store.on(OVER, (changed) => {
    if (!state.size || !state.window) return;
    if (REST.some((key) => changed.has(key))) {
      const detail = paintRest(prepareContext(base, state.size));
      if (!isSameDetail(detail, state.detail)) store.set({ detail });
    }
    paintOver(surface.canvas, base, state);
  });
  store.on(["blocks"], () => sprites.waits() && !state.busy && repaint());
  store.on(["q", "plane", "embedding"], () => (surface.lens.disabled = !state.q || !projectionOf(state).ellipse));
  store.on(["tool"], () => {
    setText(hint, HINTS[state.tool] ?? "");
    hint.classList.toggle("gone", !HINTS[state.tool]);
  });

  function stop() {
    for (const part of [surface, lens, ...Object.values(layers)]) part.stop?.();
  }
  return { element: surface.element, canvas: surface.canvas, figureOf, stop };
}

/** The window in which the ellipse of q at 2 sd fills two fifths of the plane. */
function around(state) {
  const { a, b, ra, rb } = projectionOf(state).ellipse(state.q);
  return [a, b, Math.min(WIDEST, Math.max(NARROWEST, 5 * Math.max(ra, rb)))];
}

/** The numbers of the images of class k. */
function indicesOf(label, k) {
  const found = [];
  for (let n = 0; n < label.length; n++) if (label[n] === k) found.push(n);
  return found;
}

const isSameDetail = (a, b) => a?.shown === b?.shown && a?.total === b?.total;

/** @returns {{shown: number, total: number} | null} how many of the points in view are painted; null for all */
function drawRest(g, t, state, { density, manifold, metric, cloud, names }, sprites) {
  const { theme, overlays } = state;
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, Math.ceil(t.size), Math.ceil(t.size));
  const { kind, points, names: axisNames } = projectionOf(state);
  if (kind !== "umap") drawGrid(g, t, theme); // whose numbers would mean nothing
  metric.draw(g, t, state);
  density.draw(g, t, state);
  manifold.draw(g, t, state);
  const scene = { codes: points, axes: [0, 1], model: { latentDim: 2 }, theme, hidden: state.hidden, hiddenMask: state.hiddenMask, members: state.members ?? state.ofPeeked, home: state.home };
  const faint = ["manifold", "density", "metric"].some((name) => overlays.includes(name));
  const detail = state.points ? cloud.draw(g, t, scene, { faint, opacity: state.points / 100 }) : null;
  sprites.draw(g, t, state, points);
  names?.draw(g, t, state, points);
  drawTicks(g, t, theme, [0, 1], axisNames, kind !== "umap");
  return detail;
}

function paintOver(canvas, base, state) {
  const g = prepareContext(canvas, state.size);
  g.drawImage(base, 0, 0, state.size, state.size);
  drawOverlay(g, createTransform(state.window, state.size), state);
}
