/**
 * y = W x + b, four rows at a time so that each x is loaded once for four independent sums.
 * @param {Float32Array} W [rows, columns] row-major
 * @param {Float32Array} b [rows]
 * @param {Float32Array} x [columns]
 * @param {Float32Array} y [rows]
 * @returns {Float32Array} y
 */
export function matvec(W, b, x, y) {
  const columns = x.length;
  const rows = y.length;
  let r = 0;
  for (; r + 4 <= rows; r += 4) {
    const at0 = r * columns;
    const at1 = at0 + columns;
    const at2 = at1 + columns;
    const at3 = at2 + columns;
    let s0 = b[r];
    let s1 = b[r + 1];
    let s2 = b[r + 2];
    let s3 = b[r + 3];
    for (let c = 0; c < columns; c++) {
      const v = x[c];
      s0 += W[at0 + c] * v;
      s1 += W[at1 + c] * v;
      s2 += W[at2 + c] * v;
      s3 += W[at3 + c] * v;
    }
    y[r] = s0;
    y[r + 1] = s1;
    y[r + 2] = s2;
    y[r + 3] = s3;
  }
  for (; r < rows; r++) {
    const at = r * columns;
    let s = b[r];
    for (let c = 0; c < columns; c++) s += W[at + c] * x[c];
    y[r] = s;
  }
  return y;
}
