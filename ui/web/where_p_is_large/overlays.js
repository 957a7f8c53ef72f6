/** What is laid over the heat map: the exact posterior's contours, and the draws of each proposal, sized by weight. */

import { label } from "../shared/layers/axes.js";
import { strokeWithCasing } from "../shared/layers/overlay.js";
import { colourOf, traceMark } from "../shared/proposal_styles.js";
import { SHARES } from "./posterior_grid.js";
import { markAt } from "./running_estimate.js";

const SMALLEST = 60; // pixels across the spot, below which one contour is drawn
const COARSEST = 4; // grid steps at which contours are true enough to be shown
const LARGEST = 20; // pixels: the radius of a draw that has all of the weight
const SMALL = 3; // pixels: a smaller draw is a dot
const LOG_2PI = Math.log(2 * Math.PI);

const isSmall = ({ box: [a0, a1] }, { scale }) => (a1 - a0) * scale < SMALLEST;

/** Highest-density contours of p(z|x): inside each lies its share of the posterior. */
export function drawContours(g, t, { truth, energy, sigma, theme, input }, grid) {
  if (!grid || grid.stride > COARSEST || grid.input !== input) return;
  const { side } = grid;
  const logPx = energy.at(sigma);
  const height = new Float64Array(side * side);
  for (let j = 0; j < side; j++) {
    const b = grid.b(j);
    for (let i = 0; i < side; i++) {
      const a = grid.a(i);
      height[j * side + i] = logPx(grid.at(i, j)) - 0.5 * (a * a + b * b) - LOG_2PI;
    }
  }
  const [a0, a1, , b1] = truth.box;
  const small = isSmall(truth, t); // then the outermost alone, so that the spot inside is seen
  truth.levels.forEach((level, k) => {
    if (small && k + 1 < truth.levels.length) return;
    traceContour(g, grid, height, level, t);
    g.setLineDash(small ? [] : [[], [7, 3], [2, 3]][k]);
    g.lineJoin = "round";
    strokeWithCasing(g, theme.ink, theme.paper, 1.6);
  });
  g.setLineDash([]);
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  const text = small ? `${100 * SHARES.at(-1)} % of p(x)` : `p(z|x): ${SHARES.map((share) => `${100 * share} %`).join(", ")}`;
  label(g, theme, text, Math.min(t.size - 90, Math.max(90, t.x((a0 + a1) / 2))), Math.max(14, t.y(b1) - 8));
}

/**
 * The draws so far, at most as many as were sent: hollow marks, so that the heaviest hides nothing, whose area is the share of the
 * whole weight; a dot is the smallest.
 */
export function drawDraws(g, t, state) {
  const { race, runs, shown, theme, truth } = state;
  const small = !!truth && isSmall(truth, t);
  for (const [proposal, { z }] of Object.entries(race.proposals)) {
    const { weight, marks } = runs[proposal];
    const total = markAt(marks, shown).logSum;
    const crowded = proposal !== "prior" && small; // then they lie on the spot, which has to be seen through them
    g.fillStyle = colourOf(proposal, theme);
    for (let k = 0; k < Math.min(shown, z.length / 2); k++) {
      const [x, y, radius] = [t.x(z[2 * k]), t.y(z[2 * k + 1]), LARGEST * Math.sqrt(Math.exp(weight(k) - total))];
      g.globalAlpha = crowded ? 0.25 : 1;
      if (radius < SMALL) g.fillRect(x - 1, y - 1, 2, 2);
      else hollow(g, x, y, radius, proposal, theme);
    }
    g.globalAlpha = 1;
  }
}

function hollow(g, x, y, radius, proposal, theme) {
  traceMark(g, proposal, x, y, radius);
  strokeWithCasing(g, g.fillStyle, theme.paper, 1.6);
}

/**
 * Trace lines of equal height on a grid in pixels, by marching squares with linear interpolation.
 * @param {{side: number, a: (i: number) => number, b: (j: number) => number}} grid
 * @param {Float64Array} height [side * side]
 * @param {{x: (a: number) => number, y: (b: number) => number}} t
 */
function traceContour(g, grid, height, level, t) {
  g.beginPath();
  const { side } = grid;
  const xs = Float64Array.from({ length: side }, (_, i) => t.x(grid.a(i)));
  const ys = Float64Array.from({ length: side }, (_, j) => t.y(grid.b(j)));
  for (let j = 0; j + 1 < side; j++) {
    for (let i = 0; i + 1 < side; i++) {
      const p = j * side + i;
      const corners = [height[p] - level, height[p + 1] - level, height[p + side + 1] - level, height[p + side] - level];
      const above = corners.map((v) => v > 0);
      if (above.every(Boolean) || !above.some(Boolean)) continue;
      const places = [[xs[i], ys[j]], [xs[i + 1], ys[j]], [xs[i + 1], ys[j + 1]], [xs[i], ys[j + 1]]];
      const cuts = [];
      for (let k = 0; k < 4; k++) if (above[k] !== above[(k + 1) % 4]) cuts.push(cut(corners, places, k));
      for (let k = 0; k + 1 < cuts.length; k += 2) {
        g.moveTo(...cuts[k]);
        g.lineTo(...cuts[k + 1]);
      }
    }
  }
}

/** Where the edge from corner k to the next one crosses 0. */
function cut(corners, places, k) {
  const next = (k + 1) % 4;
  const u = corners[k] / (corners[k] - corners[next]);
  return [0, 1].map((c) => places[k][c] + u * (places[next][c] - places[k][c]));
}
