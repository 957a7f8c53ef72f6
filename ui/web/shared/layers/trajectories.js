/** Where followed images have been while the model learned: a line each, that ends in what q(z|x) is now. */

import { mark } from "../palette.js";

const MOST = 400; // pixels that a point may move from one snapshot to the next before the line is only hinted at

/**
 * @param {CanvasRenderingContext2D} g  in CSS pixels
 * @param {{label: number, points: Float32Array[], logvar: Float32Array}[]} trails  the means of q(z|x), the oldest first,
 *   and the logarithm of its variances now
 */
export function drawTrajectories(g, t, theme, [i, j], trails) {
  g.lineJoin = g.lineCap = "round";
  for (const { label, points, logvar } of trails) {
    const { colour } = mark(label, theme.dark);
    const places = points.map((z) => [t.x(z[i]), t.y(z[j])]);
    for (let k = 1; k < places.length; k++) {
      const age = k / (places.length - 1);
      const far = Math.hypot(places[k][0] - places[k - 1][0], places[k][1] - places[k - 1][1]) > MOST;
      segment(g, places[k - 1], places[k], theme.paper, 4, (far ? 0.2 : 0.6) * age);
      segment(g, places[k - 1], places[k], colour, 1.8, far ? 0.2 : 0.25 + 0.75 * age);
    }
    if (places.length) end(g, places.at(-1), [i, j].map((axis) => Math.exp(0.5 * logvar[axis]) * t.scale), colour, theme);
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

/** A dot at the mean, and the ellipse of q at 1 sd, to the scale of the axes. */
function end(g, [x, y], [rx, ry], colour, theme) {
  g.beginPath();
  g.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
  g.globalAlpha = 0.14;
  g.fillStyle = colour;
  g.fill();
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
