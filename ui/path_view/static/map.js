/** The latent map with the ways on it. A click gives the chosen stop the picture there; a stop can be dragged. */

import { h, setText } from "../../latent_pad/static/dom.js";
import { drawGrid, drawTicks } from "../../latent_pad/static/layers/axes.js";
import { createCloud } from "../../latent_pad/static/layers/cloud.js";
import { cased, disc, drawPrior } from "../../latent_pad/static/layers/overlay.js";
import { nearestPoint } from "../../latent_pad/static/nearest.js";
import { prepare } from "../../latent_pad/static/surface.js";
import { createTransform } from "../../latent_pad/static/transform.js";
import { cornersOf, lassoOf } from "./groups.js";
import { DASHES, NAMES, colourOf } from "./look.js";
import { KINDS } from "./ways.js";

const SHOW_ALL = new Uint8Array(256);
const CLICK = "Click a point to give the chosen stop that picture, or drag a stop: it takes the nearest picture.";
const LASSO = "Draw around the points that make up the group; it closes when you let go.";
const GRIP = 18; // pixels from a stop within which a drag takes it

export function createMap(store) {
  const { state } = store;
  const base = document.createElement("canvas");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const surface = h("div.surface.ways", { role: "img", "data-testid": "paths-map", "aria-label": "Map of the codes with the paths on it" }, canvas);
  const key = h("div.names");
  const words = h("p.caption");
  const veil = h("div.veil", { role: "status", hidden: true });
  const cloud = createCloud(() => store.set({ rest: {} }));
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ size: contentRect.width }));
  observer.observe(surface);
  listen(surface, store);

  const transform = () => createTransform([0, 0, state.home], state.size);
  store.on(["codes", "theme", "size", "rest"], () => {
    if (state.codes && state.size && state.theme) paintBase(base, state, transform(), cloud);
  });
  store.on(["codes", "theme", "size", "rest", "ways", "stopCodes", "frame", "chosen", "task", "added", "strength", "curve"], () => {
    if (state.codes && state.size && state.theme) paintOver(canvas, base, state, transform());
  });
  store.on(["codes", "projection"], () => setText(words, state.projection?.words ?? ""));
  store.on(["theme"], () => {
    key.replaceChildren(...KINDS.map((kind) => {
      const item = h("span.way-key", {}, NAMES[kind]);
      item.style.setProperty("--key", colourOf(kind, state.theme));
      item.dataset.kind = kind;
      return item;
    }));
  });
  store.on(["progress"], () => {
    veil.hidden = !state.progress;
    setText(veil, state.progress ?? "");
  });
  const help = h("p.caption");
  store.on(["lasso", "task"], () => {
    setText(help, state.lasso ? LASSO : CLICK);
    surface.classList.toggle("lassoing", !!state.lasso);
    key.hidden = state.task !== "between";
  });
  const element = h("section.map", { "aria-label": "Map" }, h("div.plane", {}, surface, veil), key, words, help);
  return { element, stop: () => (observer.disconnect(), cloud.stop()) };
}

function paintBase(canvas, { projection, theme, home, size }, t, cloud) {
  const g = prepare(canvas, size);
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, size, size);
  drawGrid(g, t, theme);
  cloud.draw(g, t, { codes: projection.flat, axes: [0, 1], hidden: [], hiddenMask: SHOW_ALL, model: { latentDim: 2 }, theme, home }, { faint: true });
  drawPrior(g, t, theme);
  drawTicks(g, t, theme, [0, 1], projection.names);
}

function paintOver(canvas, base, state, t) {
  const { theme, size, ways, frame, projection } = state;
  const g = prepare(canvas, size);
  g.drawImage(base, 0, 0, size, size);
  const at = (z) => {
    const [a, b] = projection.place(z);
    return [t.x(a), t.y(b)];
  };
  const shown = ways && state.task === "between" ? KINDS : [];
  for (const kind of shown) {
    const z = ways[kind].frames?.z;
    if (z) drawWay(g, z.map(at), kind, theme);
  }
  for (const kind of shown) {
    const z = ways[kind].frames?.z[frame];
    if (z) disc(g, ...at(z), 6.5, colourOf(kind, theme), theme.paper, 2);
  }
  if (state.task === "add") drawAdding(g, state, t, at);
  state.stopCodes?.forEach((z, n) => z && drawStop(g, at(z), n, n === state.chosen, theme));
}

function drawWay(g, points, kind, theme) {
  g.setLineDash(DASHES[kind]);
  g.lineJoin = g.lineCap = "round";
  g.beginPath();
  points.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  cased(g, colourOf(kind, theme), theme.paper, 2.75);
  g.setLineDash([]);
  for (const [x, y] of points.slice(1, -1)) disc(g, x, y, 1.6, colourOf(kind, theme), theme.paper, 0.5);
}

/** The lassos, the way that the direction moves the chosen stop, and the lasso that is being drawn. */
function drawAdding(g, state, t, at) {
  const { theme, curve, direction, stopCodes, chosen, strength } = state;
  for (const group of [state.plus, state.minus]) {
    if (group.startsWith("lasso")) outline(g, cornersOf(group).map(([a, b]) => [t.x(a), t.y(b)]), theme, true);
  }
  if (curve) outline(g, curve.map(([a, b]) => [t.x(a), t.y(b)]), theme, false);
  const z = stopCodes?.[chosen];
  if (!direction || !z) return;
  const moved = (s) => at(z.map((value, j) => value + s * direction.vector[j]));
  drawWay(g, [-2, 0, 2].map(moved), "linear", theme);
  disc(g, ...moved(strength), 6.5, colourOf("linear", theme), theme.paper, 2);
}

function outline(g, points, theme, closed) {
  g.beginPath();
  points.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  if (closed) g.closePath();
  cased(g, theme.ink, theme.paper, 1.75);
}

function drawStop(g, [x, y], n, chosen, theme) {
  disc(g, x, y, chosen ? 12 : 10, chosen ? theme.accent : theme.ink, theme.paper, 2);
  g.fillStyle = theme.paper;
  g.font = `700 12px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(String.fromCharCode(65 + n), x, y + 0.5);
}

function listen(surface, store) {
  const { state } = store;
  let held = -1; // the stop that is dragged
  let pressed = false;
  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const transform = () => createTransform([0, 0, state.home], state.size);

  function stopAt([x, y]) {
    const t = transform();
    const distances = (state.stopCodes ?? []).map((z) => {
      const [a, b] = state.projection.place(z);
      return Math.hypot(t.x(a) - x, t.y(b) - y);
    });
    const nearest = distances.indexOf(Math.min(...distances));
    return distances[nearest] <= GRIP ? nearest : -1;
  }

  function give(n, [x, y]) {
    const t = transform();
    const { index } = nearestPoint(state.projection.flat, 2, [0, 1], t.a(x), t.b(y), SHOW_ALL);
    if (String(index) === state.stops[n]) return;
    store.set({ stops: state.stops.map((stop, k) => (k === n ? String(index) : stop)), chosen: n });
  }

  surface.addEventListener("pointerdown", (event) => {
    if (!state.codes || event.button !== 0) return;
    if (state.lasso) return beginLasso(event);
    pressed = true;
    held = stopAt(place(event));
    if (held < 0) return;
    surface.setPointerCapture(event.pointerId);
    store.set({ busy: true, chosen: held });
    event.preventDefault();
  });
  function beginLasso(event) {
    surface.setPointerCapture(event.pointerId);
    store.set({ curve: [inPlane(event)], busy: true });
    event.preventDefault();
  }

  const inPlane = (event) => {
    const t = transform();
    const [x, y] = place(event);
    return [t.a(x), t.b(y)];
  };
  surface.addEventListener("pointermove", (event) => {
    if (state.curve) store.set({ curve: [...state.curve, inPlane(event)] });
    else if (held >= 0) give(held, place(event));
    else if (!pressed) surface.classList.toggle("grip", !!state.codes && stopAt(place(event)) >= 0);
  });
  const lift = (event) => {
    if (state.curve) return endLasso();
    if (event.type === "pointerup" && pressed && held < 0) give(state.chosen, place(event));
    if (held >= 0) store.set({ busy: false });
    held = -1;
    pressed = false;
  };
  function endLasso() {
    const drawn = lassoOf(state.curve);
    store.set({ curve: null, busy: false, ...(drawn && { [state.lasso]: drawn, lasso: null }) });
  }
  surface.addEventListener("pointerup", lift);
  surface.addEventListener("pointercancel", lift);
}
