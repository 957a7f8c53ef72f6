/**
 * Distance of a sample from a distribution, twin of vae_core/transport/sample_distances.py; and the distance that a sample of
 * that distribution itself would have.
 */

const DIRECTIONS = 32;
const FLOOR_POINTS = 300; // of the reference, from which the floor's spread is taken
const NORMAL_95 = 1.6449;

/** Kolmogorov-Smirnov distance from F(x) of each x, sorted. */
export function ksDistance(sorted) {
  const n = sorted.length;
  return sorted.reduce((most, F, k) => Math.max(most, (k + 1) / n - F, F - k / n), 0);
}

/** Mean and 95 % point for n draws: 0.8687/√n and 1.358/√n, with √n corrected for small n (Stephens 1970). */
export function ksFloor(n) {
  const root = Math.sqrt(n) + 0.12 + 0.11 / Math.sqrt(n);
  return { mean: (Math.sqrt(Math.PI / 2) * Math.LN2) / root, high: 1.3581 / root };
}

/** A sample of the plane [n * 2], projected on even directions and sorted on each. */
export function project(x, directions = DIRECTIONS) {
  return Array.from({ length: directions }, (_, k) => {
    const [c, s] = [Math.cos((k * Math.PI) / directions), Math.sin((k * Math.PI) / directions)];
    return Float64Array.from({ length: x.length / 2 }, (_, i) => c * x[2 * i] + s * x[2 * i + 1]).sort();
  });
}

/** Energy distance of two samples of the plane by their projections: ‖x‖ = π/2 E_θ |x·θ|. */
export function slicedEnergy(xs, ys) {
  const total = xs.reduce((sum, x, k) => sum + squaredGap(x, ys[k]), 0);
  return (Math.PI * total) / xs.length;
}

/** ∫ (F - G)² of two sorted samples. */
function squaredGap(p, q) {
  let [i, j, sum] = [0, 0, 0];
  let at = Math.min(p[0], q[0]);
  while (i < p.length || j < q.length) {
    const next = Math.min(i < p.length ? p[i] : Infinity, j < q.length ? q[j] : Infinity);
    sum += (i / p.length - j / q.length) ** 2 * (next - at);
    at = next;
    while (i < p.length && p[i] === at) i++;
    while (j < q.length && q[j] === at) j++;
  }
  return sum;
}

/** What n and m draws from one distribution have, of which y is a sample: mean and 95 % point, by a gamma. */
export function energyFloor(y, n, m) {
  const count = Math.min(FLOOR_POINTS, y.length / 2);
  const d = new Float64Array(count * count);
  const rows = new Float64Array(count);
  let mean = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const length = Math.hypot(y[2 * i] - y[2 * j], y[2 * i + 1] - y[2 * j + 1]);
      d[i * count + j] = length;
      rows[i] += length / count;
    }
    mean += rows[i] / count;
  }
  let squares = 0;
  for (let i = 0; i < count; i++) for (let j = 0; j < count; j++) squares += (d[i * count + j] - rows[i] - rows[j] + mean) ** 2;
  const spread = (mean * count) / (count - 1); // the mean distance of two different points
  const bend = (2 * squares) / (9 * count * count * spread * spread);
  const floor = spread * (1 / n + 1 / m);
  return { mean: floor, high: floor * (1 - bend + NORMAL_95 * Math.sqrt(bend)) ** 3 };
}

/** Energy distance over all pairs, and its gradient by x into `gradient`: what the network is trained on. */
export function energyWithGradient(x, y, gradient) {
  const [n, m] = [x.length / 2, y.length / 2];
  let energy = 0;
  gradient.fill(0);
  const pairs = (a, b, weight) => {
    for (let i = 0; i < a.length; i += 2) {
      for (let j = 0; j < b.length; j += 2) {
        const [dx, dy] = [a[i] - b[j], a[i + 1] - b[j + 1]];
        const length = Math.sqrt(dx * dx + dy * dy);
        energy += weight * length;
        if (a !== x || length === 0) continue;
        const pull = (weight * (b === x ? 2 : 1)) / length;
        gradient[i] += pull * dx;
        gradient[i + 1] += pull * dy;
      }
    }
  };
  pairs(x, y, 2 / (n * m));
  pairs(x, x, -1 / (n * n));
  pairs(y, y, -1 / (m * m));
  return energy;
}
