/**
 * Points sorted into the cells of a grid, in each cell in a random order: what lies in a window is found without looking at
 * the rest, and any share of it is a fair sample everywhere.
 */

import { createRandom } from "../engine/random.js";

const SIDE = 128; // cells
const made = new WeakMap(); // points -> buckets

/** @param {{count: number, mu: Float32Array}} points  mu [N*2] */
export function gridIndexOf(points) {
  if (!made.has(points)) made.set(points, create(points));
  return made.get(points);
}

function create({ count, mu }) {
  const [a0, b0, a1, b1] = extent(mu, count);
  const [perA, perB] = [SIDE / (a1 - a0 || 1), SIDE / (b1 - b0 || 1)];
  const clamp = (cell) => Math.max(0, Math.min(SIDE - 1, cell));
  const column = (a) => clamp(Math.floor((a - a0) * perA));
  const row = (b) => clamp(Math.floor((b - b0) * perB));
  const first = new Uint32Array(SIDE * SIDE + 1); // where each cell begins in `order`
  const cell = new Uint16Array(count);
  for (let n = 0; n < count; n++) {
    cell[n] = row(mu[2 * n + 1]) * SIDE + column(mu[2 * n]);
    first[cell[n] + 1] += 1;
  }
  for (let c = 0; c < SIDE * SIDE; c++) first[c + 1] += first[c];
  const next = first.slice();
  const order = new Uint32Array(count);
  for (const n of shuffled(count)) order[next[cell[n]]++] = n;

  /**
   * Numbers of the points in the cells that a window touches, at most about `most`: the same share of every cell, and at
   * least one of each that holds any.
   * @returns {{indices: Uint32Array, total: number}} total: how many there are
   */
  function within([left, bottom, right, top], most) {
    const [c0, c1, r0, r1] = [column(left), column(right), row(bottom), row(top)];
    let total = 0;
    for (let r = r0; r <= r1; r++) total += first[r * SIDE + c1 + 1] - first[r * SIDE + c0];
    const share = Math.min(1, most / Math.max(1, total));
    const indices = new Uint32Array(Math.min(total, Math.ceil(share * total) + (r1 - r0 + 1) * (c1 - c0 + 1)));
    let size = 0;
    for (let r = r0; r <= r1; r++) {
      for (let c = c0; c <= c1; c++) {
        const from = first[r * SIDE + c];
        const taken = Math.ceil(share * (first[r * SIDE + c + 1] - from));
        indices.set(order.subarray(from, from + taken), size);
        size += taken;
      }
    }
    return { indices: indices.subarray(0, size), total };
  }
  return { within };
}

function extent(mu, count) {
  let [a0, b0, a1, b1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let n = 0; n < count; n++) {
    a0 = Math.min(a0, mu[2 * n]);
    a1 = Math.max(a1, mu[2 * n]);
    b0 = Math.min(b0, mu[2 * n + 1]);
    b1 = Math.max(b1, mu[2 * n + 1]);
  }
  return [a0, b0, a1, b1];
}

/** 0..count-1 in an order that is always the same (Fisher and Yates). */
function shuffled(count) {
  const random = createRandom(0);
  const order = Uint32Array.from({ length: count }, (_, n) => n);
  for (let n = count - 1; n > 0; n--) {
    const other = Math.floor(random.uniform() * (n + 1));
    [order[n], order[other]] = [order[other], order[n]];
  }
  return order;
}
