/**
 * The latent map with the paths on it, which can be moved and zoomed. A click gives the chosen stop the picture there; a
 * stop can be dragged; a path can be drawn. What changes with the frame are elements: playing paints no canvas.
 */

import { prepareContext } from "../shared/canvas.js";
import { h, iconButton, setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { listBindings, pressKey } from "../shared/key_bindings.js";
import { ARROWS_SHOWN, ARROWS_UP } from "../shared/keyboard.js";
import { drawGrid, drawTicks } from "../shared/layers/axes.js";
import { drawDisc, drawPrior, strokeWithCasing } from "../shared/layers/overlay.js";
import { createPointLayer } from "../shared/layers/points.js";
import { SHOW_ALL } from "../shared/nearest.js";
import { HAND, HOME, LENS, MINUS, PLUS } from "../shared/plane_surface.js";
import { projectionOf } from "../shared/projection.js";
import { createSaveButton } from "../shared/save_dialog.js";
import { NARROWEST, WIDEST, createTransform, createWindowControl } from "../shared/viewport.js";
import { cornersOf } from "./groups.js";
import { DASHES, KINDS, NAMES, colourOf, readyKinds } from "./path_kinds.js";
import { listenPointer } from "./pointer.js";

const PAN = 0.1; // of the map's half width, for an arrow key
const HELP = {
  stops: "Drag a stop to another dot. Drag elsewhere, or with two fingers, to move the map.",
  lasso: "Draw around the dots that make up the group; it closes when you let go.",
  pen: "Draw a curve; a new curve replaces it. Click to add a waypoint, on the curve or at its end. Drag one to move it; Delete takes it away.",
};
const HELD = " In the directions that this plane does not show, z stays as it is at stop A.";
const LABEL = "Map of the codes with the paths on it. Plus and minus zoom, 0 shows everything, arrow keys move the map. While a "
  + "path is drawn, Enter adds a waypoint, page up and page down pick one, arrow keys move it, Delete removes it, and control with Z undoes.";

const REST = ["codes", "projection", "theme", "size", "window", "rest"];
const OVER = ["paths", "stopCodes", "chosen", "tab", "direction", "strength", "curve", "hand", "waypoint", "pen", ...REST];

export function createMap(store, hand) {
  const { state } = store;
  const base = document.createElement("canvas");
  const canvas = h("canvas", { "aria-hidden": "true" });
  const marks = createPathMarkers(store);
  const surface = h("div.surface.ways", { tabindex: "0", role: "application", "aria-roledescription": "map", "data-testid": "paths-map", "aria-label": LABEL }, canvas, ...marks.elements);
  const view = createWindowControl(store, around);
  const [words, help] = [h("p.caption"), h("p.caption", { "data-testid": "map-help" })];
  const veil = h("div.veil", { role: "status", hidden: true });
  const cloud = createPointLayer(() => store.set({ rest: {} }));
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ size: contentRect.width }));
  observer.observe(surface);
  listenPointer(surface, store, view, hand);
  listenKeys(surface, state, view, hand);

  const ready = () => state.codes && state.size && state.theme && state.window;
  store.on(OVER, (changed) => {
    if (!ready()) return;
    if (REST.some((key) => changed.has(key))) paintBase(prepareContext(base, state.size), state, view.transform(), cloud);
    paintOver(canvas, base, state, view.transform());
  });
  store.on(["codes", "projection"], () => setText(words, state.projection?.words ?? ""));
  store.on(["progress"], () => {
    veil.hidden = !state.progress;
    setText(veil, state.progress ?? "");
  });
  store.on(["lasso", "pen", "tab", "info"], () => {
    const held = state.info?.latent_dim > 2 ? HELD : "";
    setText(help, state.lasso ? HELP.lasso : state.pen ? HELP.pen + held : HELP.stops);
    surface.classList.toggle("lassoing", !!(state.lasso || state.pen));
    hand.element.hidden = state.tab !== "between";
  });
  const element = h("section.map", { "aria-label": "Map" },
    h("div.plane", {}, surface, veil, createTools(store, surface, view)), hand.element, words,
    h("div.row.under-map", {}, help, createSaveButton("↓ Figure", "the map", () => figureOfMap(state, cloud))));
  return { element, stop: () => (observer.disconnect(), cloud.stop(), view.stop()) };
}

function createTools(store, surface, view) {
  const { state } = store;
  const pan = iconButton(HAND, "Move the map by dragging", () => store.set({ panning: !state.panning }), { "aria-pressed": "false" });
  store.on(["panning"], () => {
    pan.setAttribute("aria-pressed", String(!!state.panning));
    surface.classList.toggle("panning", !!state.panning);
  });
  return h("div.tools", { role: "group", "aria-label": "View of the map" },
    iconButton(PLUS, "Zoom in", () => view.zoom(1.6), { "data-testid": "zoom-in" }),
    iconButton(MINUS, "Zoom out", () => view.zoom(1 / 1.6)),
    iconButton(HOME, "Show everything", view.home, { "data-testid": "zoom-home" }),
    iconButton(LENS, "Zoom to the paths", view.focus, { "data-testid": "zoom-paths" }),
    pan);
}

/** The window that holds the stops and all paths between them. */
function around(state) {
  const codes = [...(state.stopCodes ?? []), ...readyKinds(state).flatMap((kind) => state.paths[kind].frames.z)];
  const points = codes.filter(Boolean).map(state.projection.place);
  const [low, high] = [Math.min, Math.max].map((most) => [0, 1].map((k) => most(...points.map((point) => point[k]))));
  const half = 0.65 * Math.max(high[0] - low[0], high[1] - low[1]);
  return [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, Math.min(WIDEST, Math.max(NARROWEST, half))];
}

/** @returns {import("../shared/figure.js").Figure} the map with its paths */
function figureOfMap(state, cloud) {
  if (!state.codes || !state.window) throw new Error("The map is not there yet: close this, and try again when it is.");
  const kinds = state.tab === "between" ? readyKinds(state) : [];
  return {
    name: `${state.info.id}-paths-map`,
    title: `${state.info.title}: the codes and the paths between the stops`,
    heightOf: (width) => width,
    legendOf: ({ theme }) => ({ entries: kinds.map((kind) => ({ name: NAMES[kind], colour: colourOf(kind, theme), dash: DASHES[kind] })) }),
    paint: (g, { width, theme }) => {
      const scene = { ...state, theme, size: width, curve: null };
      const t = createTransform(state.window, width);
      paintBase(g, scene, t, cloud);
      drawOverlay(g, t, scene);
    },
  };
}

function paintBase(g, { projection, theme, home, size }, t, cloud) {
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, Math.ceil(size), Math.ceil(size));
  drawGrid(g, t, theme);
  cloud.draw(g, t, { codes: projection.flat, axes: [0, 1], hidden: [], hiddenMask: SHOW_ALL, model: { latentDim: 2 }, theme, home }, { faint: true });
  drawPrior(g, t, theme);
  drawTicks(g, t, theme, [0, 1], projection.names);
}

function paintOver(canvas, base, state, t) {
  const g = prepareContext(canvas, state.size);
  g.drawImage(base, 0, 0, state.size, state.size);
  drawOverlay(g, t, state);
}

function listenKeys(surface, state, view, hand) {
  const pan = ([right, up]) => {
    const [a, b, half] = state.window;
    view.moveTo([a + right * PAN * half, b + up * PAN * half, half]);
  };
  const own = [
    { keys: Object.keys(ARROWS_UP), shown: ARROWS_SHOWN, words: "Move the map", act: ({ key }) => pan(ARROWS_UP[key]) },
    { keys: ["+", "="], shown: "+", words: "Zoom in", act: () => view.zoom(1.25) },
    { keys: ["-"], shown: "−", words: "Zoom out", act: () => view.zoom(1 / 1.25) },
    { keys: ["0"], shown: "0", words: "Show everything", act: view.home },
  ];
  const bindings = () => (state.pen ? [...hand.bindings(), ...own] : own);
  listBindings(surface, "On the map", bindings);
  surface.addEventListener("keydown", (event) => {
    if (!state.window) return;
    surface.classList.remove("by-hand");
    pressKey(bindings(), event);
  });
}

/**
 * The plane on which codes are drawn: z itself for two dimensions, the plane of most variance for more.
 * @param {import("../engine/model.js").Codes} codes
 * @param {number} D
 * @returns {{flat: Object, place: (z: ArrayLike<number>) => number[], lift: (point: number[], z: number[]) => number[],
 *   names: string[], words: string}} flat: the codes as points {count, mu [N*2], label}; place: where z lies; lift: the code
 *   at a point of the plane that is z in all directions off it; names of the axes; words: what is kept
 */
export function createProjection(codes, D) {
  const { points, place, move, names, kept } = projectionOf({ codes, plane: D > 2 ? "pca" : "dimensions", axes: [0, D === 1 ? 0 : 1] });
  return { flat: points, place, lift: (point, z) => move(z, ...point).z, names, words: planeWords(D, kept) };
}

function planeWords(D, kept) {
  if (D === 1) return "This model has one dimension: every path lies on the same line, and only the pace can differ.";
  if (D === 2) return "";
  return `The plane of most variance of the ${plural(D, "dimension")}: it keeps ${Math.round(100 * kept)} % of the variance of the codes. `
    + "The map shows the paths projected onto it, so points that look close may be far apart.";
}

/**
 * What lies over the points of the map: the paths, the waypoints of the drawn one, lassos, the stops.
 * @param {CanvasRenderingContext2D} g  in CSS pixels
 */
function drawOverlay(g, t, state) {
  const { theme, projection } = state;
  const pixel = ([a, b]) => [t.x(a), t.y(b)];
  const at = (z) => pixel(projection.place(z));
  if (state.tab === "between") {
    for (const kind of readyKinds(state)) drawPath(g, state.paths[kind].frames.z.map(at), kind, theme);
    if (state.pen) drawWaypoints(g, state.hand.map(pixel), state.waypoint, theme);
    if (state.curve) outline(g, state.curve.map(pixel), theme, false);
  }
  if (["add", "factors"].includes(state.tab)) drawAdding(g, state, pixel, at);
  state.stopCodes?.forEach((z, n) => z && drawStop(g, at(z), n, n === state.chosen, theme));
}

function drawPath(g, points, kind, theme) {
  g.setLineDash(DASHES[kind]);
  g.lineJoin = g.lineCap = "round";
  g.beginPath();
  points.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  strokeWithCasing(g, colourOf(kind, theme), theme.paper, 2.75);
  g.setLineDash([]);
  for (const [x, y] of points.slice(1, -1)) drawDisc(g, x, y, 1.6, colourOf(kind, theme), theme.paper, 0.5);
}

function drawWaypoints(g, points, picked, theme) {
  const colour = colourOf("hand", theme);
  points.forEach(([x, y], n) => drawDisc(g, x, y, n === picked ? 8 : 6, n === picked ? colour : theme.paper, n === picked ? theme.paper : colour, 2.5));
}

/** The lassos, the way that the direction moves the chosen stop, and the lasso that is being drawn. */
function drawAdding(g, state, pixel, at) {
  const { theme, curve, direction, stopCodes, chosen, strength } = state;
  for (const group of [state.plus, state.minus]) {
    if (group?.startsWith("lasso")) outline(g, cornersOf(group).map(pixel), theme, true);
  }
  if (curve) outline(g, curve.map(pixel), theme, false);
  const z = stopCodes?.[chosen];
  if (!direction || !z) return;
  const moved = (s) => at(z.map((value, j) => value + s * direction.vector[j]));
  drawPath(g, [-2, 0, 2].map(moved), "linear", theme);
  drawDisc(g, ...moved(strength), 6.5, colourOf("linear", theme), theme.paper, 2);
}

function outline(g, points, theme, closed) {
  g.beginPath();
  points.forEach(([x, y], k) => (k ? g.lineTo(x, y) : g.moveTo(x, y)));
  if (closed) g.closePath();
  strokeWithCasing(g, theme.ink, theme.paper, 1.75);
}

function drawStop(g, [x, y], n, chosen, theme) {
  drawDisc(g, x, y, chosen ? 12 : 10, chosen ? theme.accent : theme.ink, theme.paper, 2);
  g.fillStyle = theme.paper;
  g.font = `700 12px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(String.fromCharCode(65 + n), x, y + 0.5);
}

/** Where each path is at the current frame: small elements that are moved, so that a new frame paints no canvas. */
function createPathMarkers(store) {
  const { state } = store;
  const marks = KINDS.map((kind) => ({ kind, element: h("div.mark", { hidden: true, "data-testid": `mark-${kind}` }), shown: "" }));

  store.on(["paths", "frame", "window", "size", "projection", "tab"], () => {
    const t = state.window && state.size && createTransform(state.window, state.size);
    for (const mark of marks) {
      const isEnd = mark.kind !== "hand" && (state.frame === 0 || state.frame === state.frames - 1); // where the letter of a stop is
      const z = t && !isEnd && state.tab === "between" && state.paths?.[mark.kind]?.frames?.z[state.frame];
      mark.element.hidden = !z;
      if (!z) continue;
      const [a, b] = state.projection.place(z);
      const shown = `translate(${t.x(a).toFixed(2)}px, ${t.y(b).toFixed(2)}px)`;
      if (shown !== mark.shown) mark.element.style.transform = mark.shown = shown;
    }
  });
  store.on(["theme"], () => marks.forEach(({ kind, element }) => element.style.setProperty("--key", colourOf(kind, state.theme))));
  return { elements: marks.map(({ element }) => element) };
}
