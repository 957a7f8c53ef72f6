/** Polygons on the plane: lists of corners [a, b]. */

export const MOST_CORNERS = 24; // of a lasso: a link holds them

/** Whether (a, b) lies inside, by the parity of the edges that a ray crosses. */
export function isInside(corners, a, b) {
  let odd = false;
  for (let k = 0, last = corners.length - 1; k < corners.length; last = k++) {
    const [[ax, ay], [bx, by]] = [corners[k], corners[last]];
    if (ay > b !== by > b && a < ((bx - ax) * (b - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

/** The box with two opposite corners. */
export const box = ([a0, b0], [a1, b1]) => [[a0, b0], [a1, b0], [a1, b1], [a0, b1]];

/** [least a, least b, most a, most b] */
export function bounds(corners) {
  const [as, bs] = [0, 1].map((k) => corners.map((corner) => corner[k]));
  return [Math.min(...as), Math.min(...bs), Math.max(...as), Math.max(...bs)];
}

/** At most `most` of the corners: the one whose triangle with its neighbours is the smallest goes first (Visvalingam 1993). */
export function thinCorners(corners, most) {
  const kept = corners.slice();
  const areaAt = (k) => {
    const [p, q, r] = [kept.at(k - 1), kept[k], kept[(k + 1) % kept.length]];
    return Math.abs((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  };
  while (kept.length > most) {
    let least = 0;
    for (let k = 1, area = areaAt(0); k < kept.length; k++) {
      const next = areaAt(k);
      if (next < area) [least, area] = [k, next];
    }
    kept.splice(least, 1);
  }
  return kept;
}
