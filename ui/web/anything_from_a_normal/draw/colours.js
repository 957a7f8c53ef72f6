/** Colours of the points and bands: by where z is, so that a point keeps its colour on both sides. */

import { below } from "../../engine/transport/normal_cdf.js";

export const HUES = 24;

/** The hue of bin k of HUES, as bright on light paper as on dark. */
export const hue = (k, dark) => `oklch(${dark ? 0.76 : 0.58} 0.14 ${(360 * k) / HUES + 20})`;

/** Bin of a point of the plane: its angle. */
export const angleBin = (a, b) => Math.floor((Math.atan2(b, a) / (2 * Math.PI) + 1) * HUES) % HUES;

/** Bin of a point of the line: by Φ(z), without coming round to the first colour again. */
export const lineBin = (z) => Math.round(below(z) * (HUES - 5));

/** The two families of grid lines. */
export const lineColours = (dark) => (dark ? ["#4aa3e0", "#f0803c"] : ["#0072b2", "#d55e00"]);

/** log √det JᵀJ as a colour: orange where f stretches, blue where it presses together, paper where it keeps areas. */
export function volumeColour(log, dark) {
  const strength = Math.min(1, Math.abs(log) / 4);
  const [blue, orange] = lineColours(dark);
  return `color-mix(in srgb, ${log < 0 ? blue : orange} ${Math.round(70 * strength)}%, transparent)`;
}

/** The chosen point. */
export function drawHandle(g, x, y, theme) {
  g.globalAlpha = 1;
  for (const [radius, colour] of [[8.5, theme.paper], [6.5, theme.accent]]) {
    g.fillStyle = colour;
    g.beginPath();
    g.arc(x, y, radius, 0, 2 * Math.PI);
    g.fill();
  }
}
