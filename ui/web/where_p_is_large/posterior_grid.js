/** What follows from the quadrature's nodes: log p(x), the exact posterior and its divergences, at any σ. */

import { logPrior, logProb } from "../engine/gaussian.js";

export const SHARES = [0.5, 0.9, 0.99]; // of the posterior's mass inside each contour
const DEEPEST = 40; // nats below the highest: less than 1e-15 of it
const BINS = 4000;
const REACH = 8; // nats: the box around the posterior holds all that is so close to its highest density

/**
 * @typedef {Object} Nodes  of one rule: their cells lie side by side
 * @property {Float32Array} z [2N]
 * @property {Float32Array} logArea [N]  of each node's cell
 * @property {Float32Array} energy [N]
 * @property {Float32Array} logPrior [N]
 *
 * @typedef {Object} Truth  nats
 * @property {number} logPx  log p(x)
 * @property {number} error  of logPx: its change at the last halving of the cells
 * @property {number} klPostPrior  KL(p(z|x) ‖ p(z))
 * @property {number} highest  the highest log p(x|z) + log p(z) of the nodes
 * @property {number[]} levels  log p(x|z) + log p(z) on the contours that hold SHARES of the posterior
 * @property {{area: number, prior: number}} region  inside the last of these contours: its area in units of z, and the prior's mass
 * @property {{z: Float32Array, share: Float64Array}} held  the share of the posterior in the cell of each node
 * @property {number[]} box  [least z1, most z1, least z2, most z2] of what is near the highest density
 */

/**
 * The server's nodes are centres of cells of several levels, larger ones that are split into smaller ones included. A
 * rule takes those of one level, and of the levels above it those that are not split.
 */
export function createPosteriorGrid({ z, log_area: logArea, energy, level, split }, { sigmas, depths, depth_of_q: depthOfQ }) {
  const made = new Map();

  function rule(depth) {
    if (!made.has(depth)) made.set(depth, nodesOf(Array.from(level, (_, i) => i).filter((i) => level[i] === depth || (level[i] < depth && !split[i]))));
    return made.get(depth);
  }

  function nodesOf(chosen) {
    const pick = (from) => Float32Array.from(chosen, (i) => from[i]);
    const places = new Float32Array(2 * chosen.length);
    chosen.forEach((i, k) => places.set(z.subarray(2 * i, 2 * i + 2), 2 * k));
    return { z: places, logArea: pick(logArea), energy: pick(energy), logPrior: Float32Array.from(chosen, (i) => logPrior(z.subarray(2 * i, 2 * i + 2))) };
  }

  /** The depth for a σ is that of the next smaller one that the cells were made for. */
  const depthAt = (sigma) => depths[sigma === null ? 0 : Math.max(0, sigmas.findLastIndex((s) => s <= sigma * (1 + 1e-6)))];
  return {
    fine: (sigma) => rule(depthAt(sigma)),
    coarse: (sigma) => rule(depthAt(sigma) - 1),
    forQ: () => rule(depthOfQ),
  };
}

/**
 * @param {Nodes} fine
 * @param {Nodes} coarse  the rule with its last halving undone
 * @param {(energy: number) => number} logPx
 * @returns {Truth}
 */
export function measure({ z, logArea, energy, logPrior }, coarse, logPx) {
  const N = energy.length;
  const density = new Float64Array(N);
  let [highest, heaviest] = [-Infinity, -Infinity];
  for (let i = 0; i < N; i++) {
    const l = logPx(energy[i]);
    density[i] = l + logPrior[i];
    highest = Math.max(highest, density[i]);
    heaviest = Math.max(heaviest, density[i] + logArea[i]);
  }
  const bins = new Float64Array(BINS);
  const box = [Infinity, -Infinity, Infinity, -Infinity];
  let mass = 0;
  let moment = 0; // of log p(x|z) under the posterior
  for (let i = 0; i < N; i++) {
    const log = density[i] + logArea[i] - heaviest;
    const m = log > -DEEPEST ? Math.exp(log) : 0;
    const depth = highest - density[i];
    mass += m;
    if (m > 0) moment += m * (density[i] - logPrior[i]);
    if (depth < DEEPEST) bins[Math.floor((depth / DEEPEST) * BINS)] += m;
    if (depth < REACH) widen(box, z[2 * i], z[2 * i + 1], 0.5 * Math.exp(0.5 * logArea[i]));
  }
  const logPxTotal = heaviest + Math.log(mass);
  const levels = levelsOf(bins, mass).map((depth) => highest - depth);
  const region = { area: 0, prior: 0 };
  const share = new Float64Array(N);
  for (let i = 0; i < N; i++) {
    share[i] = Math.exp(density[i] + logArea[i] - logPxTotal);
    if (density[i] < levels.at(-1)) continue;
    region.area += Math.exp(logArea[i]);
    region.prior += Math.exp(logArea[i] + logPrior[i]);
  }
  return {
    logPx: logPxTotal,
    error: Math.abs(logPxTotal - sumOf(coarse, logPx)),
    klPostPrior: moment / mass - logPxTotal,
    highest, levels, region, box,
    held: { z, share },
  };
}

/** The share of p(x) that comes from the cells whose nodes lie within `radius` of a place on the plane. */
export function shareWithin({ z, share }, [a, b], radius) {
  let sum = 0;
  for (let i = 0; i < share.length; i++) {
    const [da, db] = [z[2 * i] - a, z[2 * i + 1] - b];
    if (da * da + db * db <= radius * radius) sum += share[i];
  }
  return Math.min(1, sum);
}

/** log Σ area p(x|z) p(z). */
function sumOf({ logArea, energy, logPrior }, logPx) {
  const N = energy.length;
  const logs = new Float64Array(N);
  let most = -Infinity;
  for (let i = 0; i < N; i++) most = Math.max(most, (logs[i] = logPx(energy[i]) + logPrior[i] + logArea[i]));
  let sum = 0;
  for (let i = 0; i < N; i++) if (logs[i] - most > -DEEPEST) sum += Math.exp(logs[i] - most);
  return most + Math.log(sum);
}

function widen(box, a, b, half) {
  box[0] = Math.min(box[0], a - half);
  box[1] = Math.max(box[1], a + half);
  box[2] = Math.min(box[2], b - half);
  box[3] = Math.max(box[3], b + half);
}

/** How deep below the highest density each share of the mass is reached. */
function levelsOf(bins, mass) {
  const depths = [];
  let held = 0;
  for (let k = 0; k < BINS && depths.length < SHARES.length; k++) {
    held += bins[k];
    while (depths.length < SHARES.length && held >= SHARES[depths.length] * mass) depths.push(((k + 1) / BINS) * DEEPEST);
  }
  while (depths.length < SHARES.length) depths.push(DEEPEST);
  return depths;
}

/**
 * KL(q ‖ p(z|x)) as a sum over the nodes made for q, apart from the identity: Σ area q (log q − log p(z|x)).
 * @returns {{kl: number, mass: number}} nats; mass: Σ area q, which is 1 where the nodes are fine enough for q
 */
export function klOverNodes({ z, logArea, energy, logPrior }, logPx, total, { mu, logvar }) {
  const node = [0, 0];
  let mass = 0;
  let kl = 0;
  for (let i = 0; i < energy.length; i++) {
    node[0] = z[2 * i];
    node[1] = z[2 * i + 1];
    const logQ = logProb(node, mu, logvar);
    const w = Math.exp(logQ + logArea[i]);
    mass += w;
    if (w > 0) kl += w * (logQ - (logPx(energy[i]) + logPrior[i] - total));
  }
  return { kl, mass };
}
