/**
 * The proposals of z: names, and how each looks on every plane, in charts and in tables. What the encoder says, q(z|x) and
 * their mean q(z), has the encoder's colour, p(z) the prior's. The colours are those of ui/charts.py. They differ from
 * each other, from paper, ink and accent, and from the colour of the map where p(x|z) is largest, for every sight.
 */

import { DISC } from "./palette.js";

export const RACERS = ["prior", "encoder", "mixture"];
export const NAMES = { prior: "prior", encoder: "encoder", mixture: "made for x" };
export const GLYPHS = { prior: "◆", encoder: "●", mixture: "▲" };
// Outlines in a 20 × 20 box, as those of the classes.
export const SHAPES = { prior: "M10 1L19 10L10 19L1 10Z", encoder: DISC, mixture: "M10 1L19 17H1Z" };
const COLOURS = {
  prior: { light: "#664400", dark: "#c2a30a" },
  encoder: { light: "#078383", dark: "#15937e" },
  mixture: { light: "#7452c8", dark: "#bb8bff" },
};

export const colourOf = (name, { dark }) => COLOURS[name][dark ? "dark" : "light"];

/** The outline of a proposal's mark around a place, as a path. */
export function traceMark(g, name, x, y, radius) {
  g.beginPath();
  if (name === "encoder") return g.arc(x, y, radius, 0, 2 * Math.PI);
  const corners = name === "prior" ? [[0, -1.25], [1.25, 0], [0, 1.25], [-1.25, 0]] : [[0, -1.35], [1.25, 0.8], [-1.25, 0.8]];
  corners.forEach(([a, b], k) => g[k ? "lineTo" : "moveTo"](x + a * radius, y + b * radius));
  g.closePath();
}
