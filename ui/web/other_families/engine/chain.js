/**
 * Chains of two strokes, a -> b -> a, on a joint law p(a, b); twin of vae_core/families/chain.py. The eigenvalues of a sweep
 * are the squared singular values of p(a, b) / sqrt(p(a) p(b)): the first is 1, the second says how slowly the chain forgets.
 */

import { logSumExp } from "./binary_states.js";

const EXACT = 1e-13; // of the second eigenvalue
const [STRIDE, MOST_STRIDES] = [10, 300]; // powers of a matrix from one look at its eigenvalue to the next
const SETTLED = 1e-6; // of a relaxation time, in one stride

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
 * The law that a transition matrix P [n * n] leaves as it is, by elimination without subtraction (Grassmann, Taksar and Heyman
 * 1985), the states that are entered least first.
 * @returns {Float64Array} [n], summing to 1; not numbers where the chain has no single law
 */
export function stationary(matrix, n) {
  const entered = new Float64Array(n);
  for (let k = 0; k < n * n; k++) entered[k % n] += matrix[k];
  const order = Array.from(entered.keys()).sort((a, b) => entered[b] - entered[a]);
  const P = Float64Array.from({ length: n * n }, (_, k) => matrix[order[Math.floor(k / n)] * n + order[k % n]]);
  for (let k = n - 1; k > 0; k--) {
    let back = 0;
    for (let b = 0; b < k; b++) back += P[k * n + b];
    for (let a = 0; a < k; a++) {
      const into = (P[a * n + k] /= back);
      if (into) for (let b = 0; b < k; b++) P[a * n + b] += into * P[k * n + b];
    }
  }
  const law = new Float64Array(n);
  law[order[0]] = 1;
  let total = 1;
  for (let k = 1; k < n; k++) {
    for (let a = 0; a < k; a++) law[order[k]] += law[order[a]] * P[a * n + k];
    total += law[order[k]];
  }
  return law.map((value) => value / total);
}

/**
 * The relaxation time 1 / (1 - |second eigenvalue|) of any chain P [n * n] with a stationary law, reversible or not: by powers
 * of P without its first part, from one vector, whose length shrinks by the eigenvalue with each.
 */
export function timeOfTransition(matrix, n, law) {
  let vector = Float64Array.from({ length: n }, (_, k) => Math.sin(1 + 2.7 * k) + k / n);
  let [found, before] = [0, 0];
  for (let stride = 0; stride < MOST_STRIDES; stride++) {
    let growth = 0; // of the log of its length, in STRIDE powers: a pair of complex eigenvalues turns the vector
    for (let power = 0; power < STRIDE; power++) {
      const mean = dot(law, vector);
      const image = new Float64Array(n);
      for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) image[a] += matrix[a * n + b] * (vector[b] - mean);
      const size = Math.sqrt(dot(image, image));
      if (!(size > 1e-14)) return size <= 1e-14 ? 1 : NaN;
      if (power || stride) growth += Math.log(size);
      vector = image.map((value) => value / size);
    }
    found = Math.exp(growth / STRIDE);
    if (stride > 1 && Math.abs(found - before) < SETTLED * (1 - found)) break;
    before = found;
  }
  return found >= 1 ? Infinity : 1 / (1 - found);
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
