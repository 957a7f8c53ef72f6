/** Grid lines and tick labels in units of z. */

import { axisName } from "../format.js";

/** A step of 1, 2 or 5 times a power of ten that is at least `pixels` wide. */
export function tickStep(scale, pixels) {
  const least = pixels / scale;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((m) => m * power).find((step) => step >= least * 0.999);
}

function ticks(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(0, Math.floor(high / step) - first + 1) }, (_, k) => (first + k) * step);
}

/** @param {CanvasRenderingContext2D} g  in CSS pixels */
export function drawGrid(g, t, theme) {
  const step = tickStep(t.scale, 64);
  g.lineWidth = 1;
  g.strokeStyle = theme.line;
  for (const a of ticks(t.a(0), t.a(t.size), step)) line(g, t.x(a), 0, t.x(a), t.size, a === 0);
  for (const b of ticks(t.b(t.size), t.b(0), step)) line(g, 0, t.y(b), t.size, t.y(b), b === 0);
  g.globalAlpha = 1;
}

function line(g, x1, y1, x2, y2, strong) {
  const snap = (v) => Math.round(v) + 0.5;
  g.globalAlpha = strong ? 1 : 0.5;
  g.beginPath();
  g.moveTo(snap(x1), snap(y1));
  g.lineTo(snap(x2), snap(y2));
  g.stroke();
}

/** Labels lie inside the frame, so that all of the plane can be dragged. `names` are those of the two axes, with `numbers` or without. */
export function drawTicks(g, t, theme, [i, j], names = [axisName(i), axisName(j)], numbers = true) {
  const step = tickStep(t.scale, 64);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const room = t.size - 46;
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "center";
  for (const a of numbers ? ticks(t.a(28), t.a(room), step) : []) label(g, theme, a.toFixed(digits), t.x(a), t.size - 11);
  g.textAlign = "left";
  for (const b of numbers ? ticks(t.b(t.size - 28), t.b(28), step) : []) label(g, theme, b.toFixed(digits), 7, t.y(b));
  g.font = `italic 600 14px ${theme.font}`;
  g.textAlign = "right";
  label(g, theme, `${names[0]} →`, t.size - 9, t.size - 12);
  g.textAlign = "left";
  if (names[1]) label(g, theme, `${names[1]} ↑`, 7, 13);
}

/** Text with a casing of paper, so that it can be read on points. */
export function label(g, theme, text, x, y, colour = theme.ink) {
  const tidy = text.replace(/^-(0(\.0+)?)$/, "$1");
  g.lineJoin = "round";
  g.lineWidth = 4;
  g.strokeStyle = theme.paper;
  g.globalAlpha = 0.85;
  g.strokeText(tidy, x, y);
  g.globalAlpha = 1;
  g.fillStyle = colour;
  g.fillText(tidy, x, y);
}
