/** The plane on which codes are drawn: z itself for two dimensions, the plane of most variance for more. */

import { dot, principalAxes } from "../engine/pca.js";
import { axisName, plural } from "../shared/format.js";

/**
 * @typedef {{flat: Object, place: (z: ArrayLike<number>) => number[], lift: (point: number[], z: number[]) => number[],
 *   names: string[], words: string}} Projection
 *   flat: the codes as points {count, mu [N*2], label}; place: where z lies; lift: the code at a point of the plane that
 *   is z in all directions off it; names of the axes; words: what is kept
 *
 * @param {import("../engine/model.js").Codes} codes
 * @param {number} D
 * @returns {Projection}
 */
export function createProjection(codes, D) {
  if (D === 2) return { flat: codes, place: ([a, b]) => [a, b], lift: ([a, b]) => [a, b], names: [axisName(0), axisName(1)], words: "" };
  if (D === 1) {
    const words = "This model has one dimension: every path lies on the same line, and only the pace can differ.";
    return projected(codes, 1, [[1], [0]], [axisName(0), ""], words);
  }
  const { components, kept } = principalAxes(codes, D, 2);
  const words = `The plane of most variance of the ${plural(D, "dimension")}: it keeps ${Math.round(100 * kept)} % of the variance of the codes. `
    + "Paths are drawn by their shadow on it, so points that look close need not be.";
  return projected(codes, D, components, ["PC 1", "PC 2"], words);
}

function projected(codes, D, components, names, words) {
  const place = (z) => components.map((v) => dot(v, z, 0));
  const lift = (point, z) => {
    const [da, db] = place(z).map((own, k) => point[k] - own);
    return z.map((value, j) => value + da * components[0][j] + db * components[1][j]);
  };
  const mu = new Float32Array(2 * codes.count);
  for (let n = 0; n < codes.count; n++) {
    for (const k of [0, 1]) mu[2 * n + k] = dot(components[k], codes.mu, n * D);
  }
  return { flat: { count: codes.count, mu, label: codes.label }, place, lift, names, words };
}
