/** A plane with its density, grid, points and the chosen point, on either side of the map. */

import { density as phi } from "../../engine/transport/normal_cdf.js";
import { drawGrid, label, tickStep } from "../../shared/layers/axes.js";
import { createTransform } from "../../shared/viewport.js";
import { MAPS, Z_HALF } from "../maps.js";
import { HUES, angleBin, drawHandle, hue, lineColours, volumeColour } from "./colours.js";

const SHADES = 144; // pixels on a side of the density's picture
const TEAR = 0.4; // a jump in x between neighbours on a line that is drawn faintly
const CELLS = 40; // of the shading by volume

/** The view of the z plane, or of the x plane at time t of the morph. */
export function planeView(state, side, size) {
  const reach = MAPS[state.map].reach[1];
  return createTransform([0, 0, side === "z" ? Z_HALF : Z_HALF + state.t * (reach - Z_HALF)], size);
}

/** @param {CanvasRenderingContext2D} g  on paper, in CSS pixels */
export function paintPlane(g, state, side, size) {
  const { theme, show, t } = state;
  const view = planeView(state, side, size);
  const time = side === "z" ? 0 : t;
  drawGrid(g, view, theme);
  if (show.includes("density")) paintDensity(g, view, side === "z" ? normal : state.goal, theme);
  if (state.f || side === "z") {
    if (show.includes("volume") && state.f) paintVolume(g, view, state, time);
    if (show.includes("points")) paintPoints(g, view, state, time);
    if (show.includes("grid")) paintLines(g, view, state, time);
  }
  paintTicks(g, view, theme, side);
  if (side === "x" && state.map === "gaussian" && t > 0) paintColumns(g, view, state);
  const at = side === "z" ? state.z : state.shownX;
  if (at?.every(Number.isFinite)) drawHandle(g, view.x(at[0]), view.y(at[1]), theme);
}

const normal = { density: ([a, b]) => phi(a) * phi(b), box: { half: [4.5, 4.5], top: phi(0) ** 2 } };
const shades = new WeakMap(); // of each density: its picture, and in what ink

/** The density as ink, as dark as it is high: made once over its own box, then placed in any view. */
function paintDensity(g, view, goal, theme) {
  if (!goal) return;
  if (shades.get(goal)?.ink !== theme.ink) shades.set(goal, { ink: theme.ink, picture: shade(goal, theme) });
  const [across, up] = goal.box.half;
  g.imageSmoothingEnabled = true;
  g.drawImage(shades.get(goal).picture, view.x(-across), view.y(up), 2 * across * view.scale, 2 * up * view.scale);
}

function shade({ density, box: { half: [across, up], top } }, theme) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SHADES, height: SHADES });
  const picture = canvas.getContext("2d");
  picture.fillStyle = theme.ink;
  picture.fillRect(0, 0, SHADES, SHADES);
  const image = picture.getImageData(0, 0, SHADES, SHADES);
  const place = (k) => (2 * (k + 0.5)) / SHADES - 1;
  for (let v = 0; v < SHADES; v++) {
    for (let u = 0; u < SHADES; u++) {
      const p = density([across * place(u), -up * place(v)]);
      image.data[4 * (v * SHADES + u) + 3] = 78 * Math.sqrt(Math.min(1, p / top));
    }
  }
  picture.putImageData(image, 0, 0);
  return canvas;
}

function paintPoints(g, view, { zs, xs, theme, n }, time) {
  const bins = Array.from({ length: HUES }, () => []);
  for (let k = 0; k < zs.length; k += 2) bins[angleBin(zs[k], zs[k + 1])].push(k);
  const radius = n > 3000 ? 1.1 : n > 300 ? 1.7 : 2.6;
  g.globalAlpha = n > 3000 ? 0.6 : 0.85;
  bins.forEach((bin, k) => {
    g.fillStyle = hue(k, theme.dark);
    for (const at of bin) {
      const [a, b] = place(zs, xs, at, time);
      g.fillRect(view.x(a) - radius, view.y(b) - radius, 2 * radius, 2 * radius);
    }
  });
  g.globalAlpha = 1;
}

const place = (z, x, at, time) =>
  time === 0 ? [z[at], z[at + 1]] : [z[at] + time * (x[at] - z[at]), z[at + 1] + time * (x[at + 1] - z[at + 1])];

function paintLines(g, view, { lines, mappedLines, theme }, time) {
  const colours = lineColours(theme.dark);
  g.lineWidth = 1.3;
  lines.forEach((line, l) => {
    g.strokeStyle = colours[l < lines.length / 2 ? 0 : 1];
    const [whole, torn] = [[], []];
    let last = null;
    for (let k = 0; k < line.length; k += 2) {
      const at = place(line, mappedLines?.[l], k, mappedLines ? time : 0);
      if (last && at.every(Number.isFinite)) {
        (Math.hypot(at[0] - last[0], at[1] - last[1]) > TEAR ? torn : whole).push([last, at]);
      }
      if (at.every(Number.isFinite)) last = at;
    }
    strokeSegments(g, view, whole, 0.75);
    strokeSegments(g, view, torn, 0.14);
  });
  g.globalAlpha = 1;
}

function strokeSegments(g, view, segments, alpha) {
  g.globalAlpha = alpha;
  g.beginPath();
  let end = null;
  for (const [from, to] of segments) {
    if (from !== end) g.moveTo(view.x(from[0]), view.y(from[1]));
    g.lineTo(view.x(to[0]), view.y(to[1]));
    end = to;
  }
  g.stroke();
}

/** Small squares of z, and what becomes of them, coloured by how much f stretches them. */
function paintVolume(g, view, { f, theme }, time) {
  const step = 6 / CELLS;
  const corner = (a, b) => {
    const [p, q] = time === 0 ? [a, b] : f.fromNormal([a, b]);
    return [a + time * (p - a), b + time * (q - b)];
  };
  const row = (j) => Array.from({ length: CELLS + 1 }, (_, i) => corner(-3 + i * step, -3 + j * step));
  let above = row(0);
  for (let j = 0; j < CELLS; j++) {
    const below = above;
    above = row(j + 1);
    for (let i = 0; i < CELLS; i++) {
      const volume = f.volume([-3 + (i + 0.5) * step, -3 + (j + 0.5) * step]);
      const quad = [below[i], below[i + 1], above[i + 1], above[i]];
      const spread = Math.hypot(quad[0][0] - quad[2][0], quad[0][1] - quad[2][1]);
      if (!(volume > 0) || !(spread < 2)) continue;
      g.fillStyle = volumeColour(Math.log(volume), theme.dark);
      g.beginPath();
      for (const [a, b] of quad) g.lineTo(view.x(a), view.y(b));
      g.fill();
    }
  }
}

/** The handles of the covariance: L's two columns, at the end of an arrow each. */
function paintColumns(g, view, { lower: [a, b, c], theme, t }) {
  for (const [x, y] of [[1 + t * (a - 1), t * b], [0, 1 + t * (c - 1)]]) {
    const [u, v] = [view.x(x), view.y(y)];
    g.strokeStyle = theme.ink;
    g.lineWidth = 2;
    g.beginPath();
    g.moveTo(view.x(0), view.y(0));
    g.lineTo(u, v);
    g.stroke();
    g.fillStyle = theme.paper;
    g.fillRect(u - 7, v - 7, 14, 14);
    g.strokeRect(u - 7, v - 7, 14, 14);
  }
}

function paintTicks(g, view, theme, side) {
  const step = tickStep(view.scale, 56);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const last = Math.floor(view.window[2] / step);
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  for (let k = -last; k <= last; k++) {
    const value = k * step;
    g.textAlign = "center";
    if (view.x(value) > 24 && view.x(value) < view.size - 44) label(g, theme, value.toFixed(digits), view.x(value), view.size - 11);
    g.textAlign = "left";
    if (view.y(value) > 28 && view.y(value) < view.size - 26) label(g, theme, value.toFixed(digits), 6, view.y(value));
  }
  g.font = `italic 600 14px ${theme.font}`;
  g.textAlign = "right";
  label(g, theme, `${side}₁ →`, view.size - 8, view.size - 12);
  g.textAlign = "left";
  label(g, theme, `${side}₂ ↑`, 6, 13);
}
