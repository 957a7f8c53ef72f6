/** Principal axes of codes. */

/**
 * The first `count` principal directions of the codes, orthonormal, the largest entry of each positive; the share of the
 * variance that they keep; and the mean of the codes.
 * @param {{mu: Float32Array, count: number}} codes  mu [N*D]
 * @returns {{components: number[][], kept: number, mean: Float64Array}}
 */
export function principalAxes({ mu, count: N }, D, count) {
  const mean = new Float64Array(D);
  for (let n = 0; n < N; n++) for (let j = 0; j < D; j++) mean[j] += mu[n * D + j] / N;
  const cov = Array.from({ length: D }, () => new Float64Array(D));
  const row = new Float64Array(D);
  for (let n = 0; n < N; n++) {
    for (let j = 0; j < D; j++) row[j] = mu[n * D + j] - mean[j];
    for (let i = 0; i < D; i++) for (let j = i; j < D; j++) cov[i][j] += row[i] * row[j];
  }
  for (let i = 0; i < D; i++) for (let j = 0; j < i; j++) cov[i][j] = cov[j][i];
  const { values, vectors } = eigen(cov);
  const order = Array.from(values.keys()).sort((i, j) => values[j] - values[i]);
  const total = values.reduce((sum, value) => sum + value, 0);
  const components = order.slice(0, count).map((k) => positive(vectors.map((v) => v[k])));
  const kept = order.slice(0, count).reduce((sum, k) => sum + values[k], 0) / (total || 1);
  return { components, kept, mean };
}

/** The coordinate along a direction v [D] of the code that begins at `from` in a row of codes. */
export function dot(v, codes, from) {
  let sum = 0;
  for (let k = 0; k < v.length; k++) sum += v[k] * codes[from + k];
  return sum;
}

function positive(v) {
  const largest = v.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  return largest < 0 ? v.map((value) => -value) : v;
}

/** Eigenvalues and vectors (as columns) of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, 8.5). */
function eigen(a) {
  const D = a.length;
  const vectors = a.map((_, i) => Float64Array.from({ length: D }, (_, j) => Number(i === j)));
  const size = a.reduce((sum, row, i) => sum + row[i] * row[i], 0);
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < D; p++) for (let q = p + 1; q < D; q++) off += a[p][q] ** 2;
    if (off <= 1e-24 * size) break;
    for (let p = 0; p < D; p++) for (let q = p + 1; q < D; q++) if (a[p][q] !== 0) rotate(a, vectors, p, q);
  }
  return { values: a.map((row, i) => row[i]), vectors };
}

function rotate(a, vectors, p, q) {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k][p], a[k][q]];
    a[k][p] = c * x - s * y;
    a[k][q] = s * x + c * y;
  }
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[p][k], a[q][k]];
    a[p][k] = c * x - s * y;
    a[q][k] = s * x + c * y;
    const [u, v] = [vectors[k][p], vectors[k][q]];
    vectors[k][p] = c * u - s * v;
    vectors[k][q] = s * u + c * v;
  }
}
