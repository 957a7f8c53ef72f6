/** Lines of equal height on a grid, by marching squares with linear interpolation. */

/**
 * @param {{side: number, a: (i: number) => number, b: (j: number) => number}} grid
 * @param {Float64Array} height [side * side]
 * @param {{x: (a: number) => number, y: (b: number) => number}} t
 * @returns {Path2D} in pixels
 */
export function contour(grid, height, level, t) {
  const path = new Path2D();
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
        path.moveTo(...cuts[k]);
        path.lineTo(...cuts[k + 1]);
      }
    }
  }
  return path;
}

/** Where the edge from corner k to the next one crosses 0. */
function cut(corners, places, k) {
  const next = (k + 1) % 4;
  const u = corners[k] / (corners[k] - corners[next]);
  return [0, 1].map((c) => places[k][c] + u * (places[next][c] - places[k][c]));
}
