/**
 * Ways from code to code. A way through W stops in T frames spends the same time on each leg: frame k lies at
 * s = k (W - 1) / (T - 1), the whole part of which says the leg. The same as vae_core/latent.py.
 */

export const KINDS = ["linear", "spherical", "geodesic"];
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

/** Pairs of neighbours. */
export const pairs = (stops) => stops.slice(1).map((b, k) => [stops[k], b]);
