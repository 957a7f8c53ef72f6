/** Nearest codes, by looking at all of them: 70,000 take about a tenth of a millisecond. */

export const SHOW_ALL = new Uint8Array(256); // a mask of hidden classes, of which there are none

/**
 * The code nearest to z in all dimensions.
 * @param {import("../engine/model.js").Codes} codes
 * @param {number[]} z [D]
 * @param {Uint8Array} hidden  1 for each class that is not shown
 * @returns {{index: number, distance: number}} index -1 when every class is hidden
 */
export function nearestCode({ count, mu, label }, z, hidden) {
  const D = z.length;
  let index = -1;
  let best = Infinity;
  for (let n = 0, at = 0; n < count; n++, at += D) {
    if (hidden[label[n]]) continue;
    let square = 0;
    for (let j = 0; j < D && square < best; j++) {
      const d = mu[at + j] - z[j];
      square += d * d;
    }
    if (square < best) {
      best = square;
      index = n;
    }
  }
  return { index, distance: Math.sqrt(best) };
}

/**
 * The code whose point is nearest to (a, b) on the plane of two axes.
 * @param {(a: number, b: number) => boolean} [counts]  whether a point of the plane is looked at
 * @returns {{index: number, distance: number}} distance in units of z, on the plane; index -1 where there is none
 */
export function nearestPoint({ count, mu, label }, D, [i, j], a, b, hidden, counts = () => true) {
  let index = -1;
  let best = Infinity;
  for (let n = 0, at = 0; n < count; n++, at += D) {
    const da = mu[at + i] - a;
    const db = mu[at + j] - b;
    const square = da * da + db * db;
    if (square < best && !hidden[label[n]] && counts(mu[at + i], mu[at + j])) {
      best = square;
      index = n;
    }
  }
  return { index, distance: Math.sqrt(best) };
}

/**
 * The k rows nearest to a vector of the same length D, nearest first; ties in their order.
 * @param {{count: number, mu: Float32Array, label?: Uint8Array}} rows  mu [N*D]
 * @param {{hidden?: Uint8Array, skip?: number}} [but]  classes, and one row, that are left out
 * @returns {{index: number, square: number}[]} squared distances
 */
export function nearestFew({ count, mu, label }, D, to, k, { hidden = null, skip = -1 } = {}) {
  const found = [];
  let worst = Infinity;
  for (let n = 0, at = 0; n < count; n++, at += D) {
    let square = 0;
    for (let j = 0; j < D && square < worst; j++) {
      const d = mu[at + j] - to[j];
      square += d * d;
    }
    if (!(square < worst) || n === skip || hidden?.[label[n]]) continue;
    let place = Math.min(found.length, k - 1);
    for (; place > 0 && found[place - 1].square > square; place--) found[place] = found[place - 1];
    found[place] = { index: n, square };
    if (found.length === k) worst = found[k - 1].square;
  }
  return found;
}

const SAMPLED = 100_000; // codes that are looked at for the width of the plane

/**
 * Half the width of the plane, centred on the origin, that holds 99.8 % of the codes, or 1.4 times what holds 98 % of them
 * where that is less, and the prior's 3 sd circle.
 */
export function homeHalf(codes, D, [i, j]) {
  if (!codes) return 3.4;
  const step = Math.ceil(codes.count / SAMPLED);
  const reach = Float32Array.from({ length: Math.ceil(codes.count / step) }, (_, k) => {
    const at = k * step * D;
    return Math.max(Math.abs(codes.mu[at + i]), Math.abs(codes.mu[at + j]));
  }).sort();
  const within = (share) => reach[Math.min(reach.length - 1, Math.floor(reach.length * share))] ?? 0;
  const far = Math.min(within(0.998), 1.4 * within(0.98)); // a few codes far out do not make the others small
  return Math.max(3.4, Math.ceil(far * 10.4) / 10);
}
