/** The rounds of darts, one for each aim, and what the darts of a round say of p(x). */

import { runEstimate } from "../running_estimate.js";

export const AIMS = ["prior", "encoder"];

/**
 * @typedef {Object} Round
 * @property {number} thrown
 * @property {number | null} hits  darts with p(x|z) of at least p(x); null where nobody knows p(x)
 * @property {import("../running_estimate.js").Mark | null} mark  the estimate of log p(x); null before the first dart
 * @property {(k: number) => number} share  of dart k in the sum of the weights
 */

/**
 * @param {{logPxZ: Float32Array, logW: Float32Array}} throws  nats
 * @param {{log_px: number | null}} truth
 * @returns {Round} of the first `thrown` throws
 */
export function roundOf({ logPxZ, logW }, thrown, truth) {
  const mark = thrown ? runEstimate((k) => logW[k], [thrown])[0] : null;
  const share = (k) => Math.exp(logW[k] - mark.logSum);
  return { thrown, hits: truth.log_px === null ? null : countHits(logPxZ.subarray(0, thrown), truth.log_px), mark, share };
}

const countHits = (logPxZ, logPx) => logPxZ.reduce((hits, height) => hits + (height >= logPx), 0);

/** Whether this member's own dart of a room's round is among those that are shown. */
export const isMine = (room, rounds) => !!room?.aim && !room.leads && room.mine !== null && room.mine < rounds[room.aim].thrown;
