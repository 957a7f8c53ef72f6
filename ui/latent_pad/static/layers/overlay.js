/** What is laid over the points: prior circles, the posterior's ellipses, draws, and the point under the mouse. */

import { label } from "./axes.js";
import { drawTrails } from "./trails.js";

const SMALL = 14; // pixels: an ellipse below this would hide under the handle and gets a marker around it
const CROWDED = 90; // pixels: draws that all lie within so little are dots without a number

/** @param {CanvasRenderingContext2D} g  in CSS pixels */
export function drawOverlay(g, t, state) {
  const { theme, axes, q } = state;
  if (state.overlays.includes("prior")) drawPrior(g, t, theme);
  if (state.trails.length) drawTrails(g, t, theme, axes, state.trails);
  if (q) drawPosterior(g, t, theme, axes, q);
  if (state.draws.length) drawDraws(g, t, theme, axes, state.draws);
  if (q) sayWhenSmall(g, t, theme, axes, q);
  if (state.hover >= 0) drawHover(g, t, state);
}

/** The 2-d marginal of N(0, I): circles at 1, 2 and 3 standard deviations. */
export function drawPrior(g, t, theme) {
  g.font = `500 11px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (const sd of [1, 2, 3]) {
    ring(g, t.x(0), t.y(0), sd * t.scale, theme, 1.25, [5, 4]);
    label(g, theme, `${sd} sd`, t.x(0) + sd * t.scale * Math.SQRT1_2, t.y(0) - sd * t.scale * Math.SQRT1_2);
  }
}

export function ring(g, x, y, radius, theme, width, dash) {
  g.setLineDash(dash);
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  cased(g, theme.ink, theme.paper, width, 0.75);
  g.setLineDash([]);
}

/** A line with a casing of paper. */
export function cased(g, colour, paper, width, alpha = 1) {
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

/** q(z|x) at 1 and 2 sd: half axes are sd × pixels per unit, the same unit on both axes, nothing added. */
export function drawPosterior(g, t, theme, [i, j], { mu, logvar }, { fill = true } = {}) {
  const [x, y] = [t.x(mu[i]), t.y(mu[j])];
  const [rx, ry] = [Math.exp(0.5 * logvar[i]) * t.scale, Math.exp(0.5 * logvar[j]) * t.scale];
  for (const sd of [2, 1]) {
    g.beginPath();
    g.ellipse(x, y, sd * rx, sd * ry, 0, 0, 2 * Math.PI);
    g.globalAlpha = 0.16;
    g.fillStyle = theme.accent;
    if (fill) g.fill();
    cased(g, theme.accent, theme.paper, sd === 1 ? 2 : 1.4);
  }
  g.beginPath();
  g.moveTo(x - 4, y);
  g.lineTo(x + 4, y);
  g.moveTo(x, y - 4);
  g.lineTo(x, y + 4);
  cased(g, theme.ink, theme.paper, 1.5);
}

/** An ellipse too small to be seen gets a ring around it, which says that it is only a marker. */
export function sayWhenSmall(g, t, theme, [i, j], { mu, logvar }) {
  const sd = Math.exp(0.5 * Math.max(logvar[i], logvar[j])) * t.scale;
  if (2 * sd >= SMALL) return;
  const [x, y] = [t.x(mu[i]), t.y(mu[j])];
  ring(g, x, y, 30, theme, 1, [2, 3]);
  g.font = `500 11px ${theme.font}`;
  g.textAlign = "center";
  label(g, theme, "q(z|x) is in here: zoom to see it (ring not to scale)", clampText(x, t), y > t.size - 70 ? y - 44 : y + 44);
}

const clampText = (x, t) => Math.min(t.size - 150, Math.max(150, x));

/** The draws, numbered as in the strip; dots where they lie too close for numbers. */
function drawDraws(g, t, theme, [i, j], draws) {
  const points = draws.map((z) => [t.x(z[i]), t.y(z[j])]);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const spread = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
  points.forEach(([x, y], n) => {
    if (spread < CROWDED) disc(g, x, y, 2, theme.ink, theme.paper, 0.75);
    else drawNumber(g, theme, String(n + 1), x, y);
  });
}

function drawNumber(g, theme, text, x, y) {
  disc(g, x, y, 8.5, theme.paper, theme.ink, 1.25);
  g.fillStyle = theme.ink;
  g.font = `600 10px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(text, x, y + 0.5);
}

export function disc(g, x, y, radius, fill, stroke, width) {
  g.beginPath();
  g.arc(x, y, radius, 0, 2 * Math.PI);
  g.fillStyle = fill;
  g.fill();
  g.lineWidth = width;
  g.strokeStyle = stroke;
  g.stroke();
}

function drawHover(g, t, { hover, codes, axes, model, theme }) {
  const at = hover * model.latentDim;
  g.beginPath();
  g.arc(t.x(codes.mu[at + axes[0]]), t.y(codes.mu[at + axes[1]]), 8, 0, 2 * Math.PI);
  cased(g, theme.ink, theme.paper, 2);
}
