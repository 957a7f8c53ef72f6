/**
 * Paths from code to code, twin of vae_core/latent/interpolation.py. A path through W stops in T frames spends the same time
 * on each leg: frame k lies at s = k (W - 1) / (T - 1), the whole part of which says the leg.
 */

const SAME = 1e-9;

const norm = (v) => Math.sqrt(v.reduce((sum, value) => sum + value * value, 0));

/** The straight line at t in [0, 1]. */
export const linear = (a, b) => (t) => a.map((value, j) => (1 - t) * value + t * b[j]);

/**
 * The turn from a to b at a constant rate, the norm going evenly from that of a to that of b.
 * @throws {Error} one sentence, where no one such turn exists
 */
export function spherical(a, b) {
  const [ra, rb] = [norm(a), norm(b)];
  if (Math.min(ra, rb) < SAME) throw new Error("One of the codes is the origin, which has no direction to turn from: choose another picture.");
  const [u, v] = [a.map((value) => value / ra), b.map((value) => value / rb)];
  const cosine = Math.min(1, Math.max(-1, u.reduce((sum, value, j) => sum + value * v[j], 0)));
  // The angle from the chord keeps its digits where the cosine is close to 1 or -1.
  const apart = norm(u.map((value, j) => value - v[j]));
  const together = norm(u.map((value, j) => value + v[j]));
  const omega = 2 * Math.atan2(apart, together);
  if (together < 1e-6) throw new Error("The two codes lie on opposite sides of the origin, where every half circle joins them: choose another picture, or put a stop between.");
  const sine = Math.sin(omega);
  const weights = cosine > 1 - 1e-12 ? (t) => [1 - t, t] : (t) => [Math.sin((1 - t) * omega) / sine, Math.sin(t * omega) / sine];
  return (t) => {
    const [wa, wb] = weights(t);
    const radius = (1 - t) * ra + t * rb;
    return u.map((value, j) => radius * (wa * value + wb * v[j]));
  };
}

/** Along nodes that are evenly spaced in t, straight between two of them. */
export function along(nodes) {
  const last = nodes.length - 1;
  return (t) => {
    const at = Math.min(last - 1, Math.floor(t * last));
    return linear(nodes[at], nodes[at + 1])(t * last - at);
  };
}

/**
 * @param {((t: number) => number[])[]} legs  one for each pair of neighbouring stops
 * @param {number} frames  T, at least 2
 * @returns {number[][]} [T][D]
 */
export function through(legs, frames) {
  return Array.from({ length: frames }, (_, k) => {
    const s = (k * legs.length) / (frames - 1);
    const leg = Math.min(legs.length - 1, Math.floor(s));
    return legs[leg](s - leg);
  });
}

/**
 * The centripetal Catmull-Rom curve through waypoints, `each` steps a piece; one that repeats the one before is left out.
 * @param {number[][]} points [W][D]
 * @returns {number[][]} [(W - 1) * each + 1][D]; the waypoint itself where there is only one
 */
export function smooth(points, each) {
  const kept = points.filter((p, k) => !k || p.some((value, j) => value !== points[k - 1][j]));
  if (kept.length < 2) return kept;
  const mirrored = (a, b) => a.map((value, j) => 2 * value - b[j]);
  const p = [mirrored(kept[0], kept[1]), ...kept, mirrored(kept.at(-1), kept.at(-2))];
  const gap = pairs(p).map(([a, b]) => Math.sqrt(norm(a.map((value, j) => b[j] - value))));
  const slopes = kept.map((own, k) => own.map((value, j) => {
    const [before, after] = [p[k][j], p[k + 2][j]];
    return (value - before) / gap[k] + (after - value) / gap[k + 1] - (after - before) / (gap[k] + gap[k + 1]);
  }));
  const pieces = pairs(kept).map(([a, b], k) => (t) => a.map((value, j) => {
    const [start, end, way] = [gap[k + 1] * slopes[k][j], gap[k + 1] * slopes[k + 1][j], b[j] - value];
    return value + t * (start + t * (3 * way - 2 * start - end + t * (start + end - 2 * way)));
  }));
  const last = kept.at(-1);
  return [...pieces.flatMap((piece) => Array.from({ length: each }, (_, k) => piece(k / each))), last];
}

/** The polyline [P][D] at even distances along it: [frames][D]. */
export function evenly(path, frames) {
  const steps = pairs(path).map(([a, b]) => norm(a.map((value, j) => b[j] - value)));
  const whole = steps.reduce((sum, step) => sum + step, 0);
  let [piece, travelled] = [0, 0];
  return Array.from({ length: frames }, (_, k) => {
    const wanted = (whole * k) / (frames - 1);
    while (piece < steps.length - 1 && travelled + steps[piece] < wanted) travelled += steps[piece++];
    const t = steps[piece] > 0 ? Math.min(1, (wanted - travelled) / steps[piece]) : 0;
    return linear(path[piece], path[piece + 1])(t);
  });
}

/** Pairs of neighbours. */
export const pairs = (stops) => stops.slice(1).map((b, k) => [stops[k], b]);
