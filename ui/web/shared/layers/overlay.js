/**
 * What is laid over the points: prior circles, the posterior's ellipses, draws, trajectories of a training, and the
 * point under the mouse.
 */

import { mark } from "../palette.js";
import { box } from "../polygon.js";
import { projectionOf } from "../projection.js";
import { colourOf } from "../proposal_styles.js";
import { label } from "./axes.js";

const SMALL = 14; // pixels: an ellipse below this would hide under the handle and gets a marker around it
const CROWDED = 90; // pixels: draws that all lie within so little are dots without a number

/** @param {CanvasRenderingContext2D} g  in CSS pixels */
export function drawOverlay(g, t, state) {
  const { theme, axes, q } = state;
  const { kind, ellipse, place, points } = projectionOf(state);
  const slice = kind !== "umap"; // circles, ellipses and draws have no place where distances have no unit
  if (slice && state.overlays.includes("prior")) drawPrior(g, t, theme);
  if (kind === "dimensions" && state.trajectories.length) drawTrajectories(g, t, theme, axes, state.trajectories);
  if (slice && q) drawPosterior(g, t, theme, ellipse(q));
  if (slice && state.draws.length) drawDraws(g, t, theme, state.draws.map(place));
  if (slice && q) markSmallEllipse(g, t, theme, ellipse(q));
  if (slice && state.modes) drawModes(g, t, theme, state.modes.modes.map(({ z }) => place(z)));
  if (!slice && state.x !== null) drawRing(g, t, theme, points.mu.subarray(2 * state.x, 2 * state.x + 2), 11);
  for (const outline of [state.members && state.selected, state.draft && outlineOf(state.draft)]) if (outline) drawOutline(g, t, theme, outline);
  if (state.hover >= 0) drawRing(g, t, theme, points.mu.subarray(2 * state.hover, 2 * state.hover + 2), 8);
}

/** The 2-d marginal of N(0, I): circles at 1, 2 and 3 standard deviations. */
export function drawPrior(g, t, theme) {
  const colour = colourOf("prior", theme);
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (const sd of [1, 2, 3]) {
    drawCircle(g, t.x(0), t.y(0), sd * t.scale, theme, 1.25, [5, 4], colour);
    label(g, theme, `${sd} sd`, t.x(0) + sd * t.scale * Math.SQRT1_2, t.y(0) - sd * t.scale * Math.SQRT1_2, colour);
  }
}

function drawCircle(g, x, y, radius, theme, width, dash, colour = theme.ink) {
  g.setLineDash(dash);
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  strokeWithCasing(g, colour, theme.paper, width, 0.75);
  g.setLineDash([]);
}

/** A line with a casing of paper. */
export function strokeWithCasing(g, colour, paper, width, alpha = 1) {
  g.globalAlpha = 0.7 * alpha;
  g.lineWidth = width + 2.5;
  g.strokeStyle = paper;
  g.stroke();
  g.globalAlpha = alpha;
  g.lineWidth = width;
  g.strokeStyle = colour;
  g.stroke();
  g.globalAlpha = 1;
}

/**
 * q(z|x) at 1 and 2 sd: half axes are sd × pixels per unit, the same unit on both axes, nothing added.
 * @param {import("../projection.js").Ellipse} ellipse
 */
export function drawPosterior(g, t, theme, { a, b, ra, rb, turn }, { fill = true } = {}) {
  const colour = colourOf("encoder", theme);
  const [x, y] = [t.x(a), t.y(b)];
  for (const sd of [2, 1]) {
    g.beginPath();
    g.ellipse(x, y, sd * ra * t.scale, sd * rb * t.scale, -turn, 0, 2 * Math.PI);
    g.globalAlpha = 0.16;
    g.fillStyle = colour;
    if (fill) g.fill();
    strokeWithCasing(g, colour, theme.paper, sd === 1 ? 2 : 1.4);
  }
  g.beginPath();
  g.moveTo(x - 4, y);
  g.lineTo(x + 4, y);
  g.moveTo(x, y - 4);
  g.lineTo(x, y + 4);
  strokeWithCasing(g, theme.ink, theme.paper, 1.5);
}

/** An ellipse too small to be seen gets a dotted ring around it, not to scale. */
export function markSmallEllipse(g, t, theme, { a, b, ra, rb }) {
  if (2 * Math.max(ra, rb) * t.scale >= SMALL) return;
  const [x, y] = [t.x(a), t.y(b)];
  drawCircle(g, x, y, 30, theme, 1, [2, 3]);
  g.font = `600 12px ${theme.font}`;
  g.textAlign = "center";
  label(g, theme, "q(z|x)", x, y > t.size - 70 ? y - 42 : y + 42);
}

/** The draws at their places, numbered as in the strip; dots where they lie too close for numbers. */
function drawDraws(g, t, theme, places) {
  const points = places.map(([a, b]) => [t.x(a), t.y(b)]);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const spread = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  points.forEach(([x, y], n) => {
    if (spread < CROWDED) drawDisc(g, x, y, 2, theme.ink, theme.paper, 0.75);
    else drawNumber(g, theme, String(n + 1), x, y);
  });
}

function drawNumber(g, theme, text, x, y) {
  drawDisc(g, x, y, 8.5, theme.paper, theme.ink, 1.25);
  g.fillStyle = theme.ink;
  g.font = `600 10px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(text, x, y + 0.5);
}

/** The modes of p(z|x), squares numbered as in their list; the largest on top. */
function drawModes(g, t, theme, places) {
  places.map(([a, b], k) => [t.x(a), t.y(b), String(k + 1)]).reverse().forEach(([x, y, text]) => {
    g.fillStyle = theme.ink;
    g.strokeStyle = theme.paper;
    g.lineWidth = 1.5;
    g.beginPath();
    g.rect(x - 8, y - 8, 16, 16);
    g.fill();
    g.stroke();
    g.fillStyle = theme.paper;
    g.font = `600 11px ${theme.font}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    g.fillText(text, x, y + 0.5);
  });
}

export function drawDisc(g, x, y, radius, fill, stroke, width) {
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  g.fillStyle = fill;
  g.fill();
  g.lineWidth = width;
  g.strokeStyle = stroke;
  g.stroke();
}

const outlineOf = ({ tool, points }) => (tool === "box" ? box(points[0], points.at(-1)) : points);

function drawOutline(g, t, theme, corners) {
  g.beginPath();
  for (const [a, b] of corners) g.lineTo(t.x(a), t.y(b));
  g.closePath();
  g.setLineDash([6, 4]);
  strokeWithCasing(g, theme.ink, theme.paper, 1.5);
  g.setLineDash([]);
}

function drawRing(g, t, theme, [a, b], radius) {
  g.beginPath();
  g.arc(t.x(a), t.y(b), radius, 0, 2 * Math.PI);
  strokeWithCasing(g, theme.ink, theme.paper, 2);
}

const MOST = 400; // pixels that a point may move from one snapshot to the next before the line is only hinted at

/**
 * Where followed images have been while the model learned: a line each, that ends in what q(z|x) is now.
 * @param {CanvasRenderingContext2D} g  in CSS pixels
 * @param {{label: number, points: Float32Array[], logvar: Float32Array}[]} trajectories  the means of q(z|x), the oldest first,
 *   and the logarithm of its variances now
 */
export function drawTrajectories(g, t, theme, [i, j], trajectories) {
  g.lineJoin = g.lineCap = "round";
  for (const { label, points, logvar } of trajectories) {
    const { colour } = mark(label, theme.dark);
    const places = points.map((z) => [t.x(z[i]), t.y(z[j])]);
    for (let k = 1; k < places.length; k++) {
      const age = k / (places.length - 1);
      const far = Math.hypot(places[k][0] - places[k - 1][0], places[k][1] - places[k - 1][1]) > MOST;
      segment(g, places[k - 1], places[k], theme.paper, 4, (far ? 0.2 : 0.6) * age);
      segment(g, places[k - 1], places[k], colour, 1.8, far ? 0.2 : 0.25 + 0.75 * age);
    }
    const fill = trajectories.length <= MOST_FILLED;
    if (places.length) end(g, places.at(-1), [i, j].map((axis) => Math.exp(0.5 * logvar[axis]) * t.scale), colour, theme, fill);
  }
  g.globalAlpha = 1;
  g.lineJoin = "miter";
  g.lineCap = "butt";
}

function segment(g, [x1, y1], [x2, y2], colour, width, alpha) {
  g.globalAlpha = alpha;
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
}

const MOST_FILLED = 3; // ellipses: of a collapsed run all lie on each other

/** A dot at the mean, and the ellipse of q at 1 sd, to the scale of the axes. */
function end(g, [x, y], [rx, ry], colour, theme, fill) {
  g.beginPath();
  g.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
  g.globalAlpha = 0.14;
  g.fillStyle = colour;
  if (fill) g.fill();
  g.globalAlpha = 0.9;
  g.lineWidth = 1.2;
  g.strokeStyle = colour;
  g.stroke();
  g.globalAlpha = 1;
  g.beginPath();
  g.arc(x, y, 4.5, 0, 2 * Math.PI);
  g.fill();
  g.lineWidth = 1.5;
  g.strokeStyle = theme.paper;
  g.stroke();
}
