/** The name of each class, written on the plane at the median of its points. */

import { mark } from "../../shared/palette.js";

const APART = 17; // pixels between two lines of text
const MOST = 24; // classes with a name on the plane: more would cover it
const MARGIN = 30; // pixels from the edge

/** @returns {{draw: Function}} */
export function createClassNames() {
  let made = null; // {points, medians}

  function draw(g, t, { info, theme, hiddenMask }, points) {
    const { classes } = info ?? { classes: [] };
    if (!points || classes.length < 2 || classes.length > MOST) return;
    if (made?.points !== points) made = { points, medians: mediansOf(points, classes.length) };
    g.font = `600 13px ${theme.font}`;
    g.textAlign = "center";
    g.textBaseline = "middle";
    const placed = [];
    made.medians.forEach((median, k) => {
      if (!median || hiddenMask[k]) return;
      const [x, y] = [t.x(median[0]), t.y(median[1])];
      if (x < 0 || y < 0 || x > t.size || y > t.size) return;
      placed.push({ k, x, y: free(placed, x, y) });
    });
    for (const { k, x, y } of placed) plate(g, t, theme, classes[k], mark(k, theme.dark).colour, x, y);
  }
  return { draw };
}

/** The height nearest to y at which no name lies over another. */
function free(placed, x, y) {
  for (let step = 0; step < 12; step++) {
    const at = y + (step % 2 ? 1 : -1) * Math.ceil(step / 2) * APART;
    if (placed.every((other) => Math.abs(other.x - x) > 90 || Math.abs(other.y - at) >= APART)) return at;
  }
  return y;
}

function plate(g, t, theme, name, colour, x, y) {
  const half = g.measureText(name).width / 2 + 7;
  const at = Math.min(t.size - half - 4, Math.max(half + 4, x));
  const down = Math.min(t.size - MARGIN, Math.max(MARGIN, y));
  g.beginPath();
  g.rect(at - half, down - 9.5, 2 * half, 19);
  g.globalAlpha = 0.86;
  g.fillStyle = theme.paper;
  g.fill();
  g.globalAlpha = 1;
  g.lineWidth = 1.5;
  g.lineJoin = "round";
  g.strokeStyle = colour;
  g.stroke();
  g.fillStyle = theme.ink;
  g.fillText(name, at, down + 0.5);
}

/** The middle of each class in both directions, null for a class without points. */
function mediansOf({ count, mu, label }, classes) {
  const members = Array.from({ length: classes }, () => [[], []]);
  for (let n = 0; n < count; n++) {
    members[label[n]]?.[0].push(mu[2 * n]);
    members[label[n]]?.[1].push(mu[2 * n + 1]);
  }
  return members.map((places) => (places[0].length ? places.map((values) => values.sort((a, b) => a - b)[values.length >> 1]) : null));
}
