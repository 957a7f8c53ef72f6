/**
 * Running estimates of log p(x), twin of vae_core/estimators/running_estimate.py: from the first n importance weights.
 */

const STEP_BY_STEP = 50; // every n is kept up to here, then about as many as a curve needs
const LATER = 200;
export const NEAR = Math.LN2; // nats from log p(x): between half and twice p(x), where an estimate has arrived

/** The n at which the estimate from K draws is shown: 1 to 50 one by one, then evenly in log n up to K. */
export function milestones(K) {
  const found = new Set();
  for (let n = 1; n <= Math.min(K, STEP_BY_STEP); n++) found.add(n);
  if (K > STEP_BY_STEP) {
    for (let j = 0; j <= LATER; j++) found.add(Math.min(K, Math.round(STEP_BY_STEP * (K / STEP_BY_STEP) ** (j / LATER))));
  }
  return [...found];
}

/**
 * @typedef {Object} Mark  the estimate after n draws
 * @property {number} n
 * @property {number} logPx  log of the mean weight, nats
 * @property {number} stderr  of the mean weight over that mean, which is that of logPx in nats; Infinity for n = 1
 * @property {number} low  log of the mean weight − one standard error; −Infinity where that is not above 0
 * @property {number} high
 * @property {number} ess  (Σw)² / Σw², from 1 to n
 * @property {number} share  of the largest weight in the sum
 */

/**
 * @param {(k: number) => number} logWeight  of draw k, nats
 * @returns {Mark[]} one for each n of `at`
 */
export function runEstimate(logWeight, at) {
  const marks = [];
  let largest = -Infinity;
  let sum = 0; // of weights over the largest
  let squares = 0;
  let k = 0;
  for (const n of at) {
    for (; k < n; k++) {
      const log = logWeight(k);
      if (log > largest) {
        const shrink = Math.exp(largest - log);
        sum = sum * shrink + 1;
        squares = squares * shrink * shrink + 1;
        largest = log;
      } else {
        const w = Math.exp(log - largest);
        sum += w;
        squares += w * w;
      }
    }
    marks.push(markOf(n, largest, sum, squares));
  }
  return marks;
}

function markOf(n, largest, sum, squares) {
  const ess = Math.min(n, Math.max(1, (sum * sum) / squares));
  const stderr = n === 1 ? Infinity : Math.sqrt(Math.max(0, n / ess - 1) / (n - 1));
  const logSum = largest + Math.log(sum);
  const logPx = logSum - Math.log(n);
  return { n, logPx, stderr, low: logPx + Math.log1p(-Math.min(1, stderr)), high: logPx + Math.log1p(stderr), ess, share: 1 / sum, logSum };
}

const FEWEST_EFFECTIVE = 10; // samples, below which a few weights decide and their spread says nothing of the error

/** Whether the standard error of a mark can be shown. */
export const isTrusted = (mark) => mark.n > 1 && mark.ess >= FEWEST_EFFECTIVE && mark.stderr > 0;

/** The mark of a proposal after the draws that are shown. */
export const markAt = (marks, shown) => marks.findLast((mark) => mark.n <= shown) ?? marks[0];

/**
 * The n from which on all estimates up to `shown` lie within `near` nats of the truth; null where the last one does not.
 * @param {Mark[]} marks
 */
export function settledAt(marks, shown, truth, near) {
  const seen = marks.filter((mark) => mark.n <= shown);
  const last = seen.findLastIndex((mark) => !(Math.abs(mark.logPx - truth) <= near));
  return seen[last + 1]?.n ?? null;
}
