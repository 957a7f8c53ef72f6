/**
 * Chains of two strokes, a -> b -> a, on a joint law p(a, b); twin of vae_core/families/chain.py. The eigenvalues of a sweep
 * are the squared singular values of p(a, b) / sqrt(p(a) p(b)): the first is 1, the second says how slowly the chain forgets.
 */

import { logSumExp } from "./binary_states.js";

const EXACT = 1e-13; // of the second eigenvalue

/**
 * The sweeps in which the slowest part of the memory fades by about e: 1 / (1 - rho²).
 * @param {Float64Array} logJoint  log p(a, b) up to a constant, [A * B], a row for each a
 * @returns {number} at least 1; Infinity where the chain never leaves a part of its states
 */
export function relaxationTime(logJoint, A, B) {
  const rho = slowest(logJoint, A, B);
  return rho > 1 - 1e-14 ? Infinity : 1 / (1 - rho);
}

/**
 * The second eigenvalue of a sweep, by Lanczos iterations on the smaller side, from which the first eigenvector, sqrt(p), is
 * taken out. All vectors are kept orthogonal, so that the largest value found is the second one.
 */
function slowest(logJoint, A, B) {
  const { table, n, root } = scaled(logJoint, A, B);
  const many = table.length / n;
  const basis = [root];
  let vector = orthogonal(Float64Array.from({ length: n }, (_, k) => Math.sin(1 + 2.7 * k) + 0.1), basis);
  const [diagonal, beside] = [[], []];
  let [found, before] = [0, -1];
  while (vector && basis.length < n) {
    basis.push(vector);
    const image = multiplied(table, vector, many, n);
    diagonal.push(dot(image, vector));
    found = largest(diagonal, beside);
    if (Math.abs(found - before) < EXACT && diagonal.length > 6) break;
    before = found;
    vector = orthogonal(image, basis, (size) => beside.push(size));
  }
  return Math.min(1, Math.max(0, found));
}

/** p(a, b) / sqrt(p(a) p(b)) with the smaller side as columns, and sqrt(p) of that side. */
function scaled(logJoint, A, B) {
  const [rows, columns] = [new Float64Array(A), new Float64Array(B)];
  for (let a = 0; a < A; a++) rows[a] = logSumExp(logJoint, a * B, B);
  for (let b = 0; b < B; b++) columns[b] = logSumExp(logJoint, b, A, B);
  const total = logSumExp(rows);
  const tall = A >= B;
  const table = new Float64Array(A * B);
  for (let a = 0; a < A; a++) {
    for (let b = 0; b < B; b++) {
      const value = logJoint[a * B + b] - 0.5 * rows[a] - 0.5 * columns[b];
      table[tall ? a * B + b : b * A + a] = Number.isNaN(value) ? 0 : Math.exp(value); // a state without mass is not there
    }
  }
  return { table, n: tall ? B : A, root: (tall ? columns : rows).map((value) => Math.exp(0.5 * (value - total))) };
}

/** M'(M x) of a table M [many * n]. */
function multiplied(table, x, many, n) {
  const out = new Float64Array(n);
  for (let m = 0; m < many; m++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += table[m * n + k] * x[k];
    for (let k = 0; k < n; k++) out[k] += table[m * n + k] * sum;
  }
  return out;
}

/** The part of a vector that is orthogonal to a basis, of length 1; null where there is none. */
function orthogonal(vector, basis, tell = () => {}) {
  const rest = vector.slice();
  for (let round = 0; round < 2; round++) {
    for (const each of basis) {
      const share = dot(rest, each);
      for (let k = 0; k < rest.length; k++) rest[k] -= share * each[k];
    }
  }
  const size = Math.sqrt(dot(rest, rest));
  if (size < 1e-14) return null;
  tell(size);
  return rest.map((value) => value / size);
}

function dot(a, b) {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** The largest eigenvalue of a symmetric tridiagonal matrix with eigenvalues from 0 to 1, by bisection. */
function largest(diagonal, beside) {
  let [low, high] = [0, 1 + 1e-9];
  for (let step = 0; step < 54; step++) {
    const middle = (low + high) / 2;
    let [below, pivot] = [0, 1]; // how many eigenvalues lie below the middle: negative pivots
    for (let k = 0; k < diagonal.length; k++) {
      pivot = diagonal[k] - middle - (k ? beside[k - 1] ** 2 / pivot : 0) || -1e-300;
      if (pivot < 0) below += 1;
    }
    if (below < diagonal.length) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
