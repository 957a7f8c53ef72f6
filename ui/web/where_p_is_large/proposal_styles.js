/** The proposals that race for log p(x): names, and how each looks on the plane, in the chart and in the table. */

import { mark } from "../shared/palette.js";

export const RACERS = ["prior", "encoder", "mixture"];
export const NAMES = { prior: "prior", encoder: "encoder", mixture: "made for x" };
export const GLYPHS = { prior: "◆", encoder: "●", mixture: "▲" };
const VIOLET = { light: "#7452c8", dark: "#bb8bff" }; // differs from the other two, paper, ink and the scale for every sight

/** The encoder has the accent, as its ellipses have. */
export function colourOf(name, { accent, dark }) {
  if (name === "encoder") return accent;
  return name === "prior" ? mark(1, dark).colour : VIOLET[dark ? "dark" : "light"];
}

/** The outline of a proposal's mark around a place, as a path to fill. */
export function traceMark(g, name, x, y, radius) {
  g.beginPath();
  if (name === "encoder") return g.arc(x, y, radius, 0, 2 * Math.PI);
  const corners = name === "prior" ? [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]] : [[0, -1.35], [1.25, 0.8], [-1.25, 0.8]];
  corners.forEach(([a, b], k) => g[k ? "lineTo" : "moveTo"](x + a * radius, y + b * radius));
  g.closePath();
}
