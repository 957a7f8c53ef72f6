/**
 * A density that is linear between even knots, so that its distribution function is quadratic there and its inverse exact.
 * Values and cumulative masses are given as functions of the knot, because a row of a table is a blend of two others.
 */

/**
 * Where the mass `goal` is reached: knots from low, `cells` of width h.
 * @param {(k: number) => number} valueAt  density at knot k, up to a factor
 * @param {(k: number) => number} massAt  mass below knot k, up to the same factor
 */
export function reach(valueAt, massAt, cells, low, h, goal) {
  let first = 0;
  let last = cells;
  while (last - first > 1) {
    const middle = (first + last) >> 1;
    if (massAt(middle) <= goal) first = middle;
    else last = middle;
  }
  while (first > 0 && !(massAt(first + 1) > massAt(first))) first--; // Φ(z) that rounds to one
  const [left, right] = [valueAt(first), valueAt(first + 1)];
  const mass = goal - massAt(first);
  const root = Math.sqrt(Math.max(0, left * left + (2 * (right - left) * mass) / h));
  const s = mass > 0 ? Math.min(1, (2 * mass) / (h * (left + root))) : 0;
  return low + h * (first + s);
}

/** Mass below x, up to the factor. */
export function massBelow(valueAt, massAt, cells, low, h, x) {
  const place = Math.min(cells, Math.max(0, (x - low) / h));
  const k = Math.min(cells - 1, Math.floor(place));
  const s = place - k;
  const [left, right] = [valueAt(k), valueAt(k + 1)];
  return massAt(k) + h * s * (left + 0.5 * s * (right - left));
}

/** Masses below each knot by the trapezoid rule, which is exact here. */
export function cumulative(values, h) {
  const mass = new Float64Array(values.length);
  for (let k = 1; k < values.length; k++) mass[k] = mass[k - 1] + 0.5 * h * (values[k - 1] + values[k]);
  return mass;
}

/** Linear interpolation of `values` at x; 0 outside. */
export function interpolate(values, low, h, x) {
  const place = (x - low) / h;
  if (!(place >= 0 && place <= values.length - 1)) return 0;
  const k = Math.min(values.length - 2, Math.floor(place));
  return values[k] + (place - k) * (values[k + 1] - values[k]);
}
