/** What lies over the points of the map: the paths, the waypoints of the drawn one, lassos, the stops. */

import { strokeWithCasing, drawDisc } from "../shared/layers/overlay.js";
import { cornersOf } from "./groups.js";
import { readyKinds } from "./interpolation.js";
import { DASHES, colourOf } from "./path_style.js";

/** @param {CanvasRenderingContext2D} g  in CSS pixels */
export function drawOverlay(g, t, state) {
  const { theme, projection } = state;
  const pixel = ([a, b]) => [t.x(a), t.y(b)];
  const at = (z) => pixel(projection.place(z));
  if (state.task === "between") {
    for (const kind of readyKinds(state)) drawWay(g, state.ways[kind].frames.z.map(at), kind, theme);
    if (state.pen) drawWaypoints(g, state.hand.map(pixel), state.waypoint, theme);
    if (state.curve) outline(g, state.curve.map(pixel), theme, false);
  }
  if (["add", "factors"].includes(state.task)) drawAdding(g, state, pixel, at);
  state.stopCodes?.forEach((z, n) => z && drawStop(g, at(z), n, n === state.chosen, theme));
}

function drawWay(g, points, kind, theme) {
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
    if (group.startsWith("lasso")) outline(g, cornersOf(group).map(pixel), theme, true);
  }
  if (curve) outline(g, curve.map(pixel), theme, false);
  const z = stopCodes?.[chosen];
  if (!direction || !z) return;
  const moved = (s) => at(z.map((value, j) => value + s * direction.vector[j]));
  drawWay(g, [-2, 0, 2].map(moved), "linear", theme);
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
