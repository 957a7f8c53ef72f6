/**
 * The standard normal: density, distribution function and its inverse, to about 1e-14. Mirrors torch.special.ndtr and
 * ndtri.
 */

const ROOT_2PI = Math.sqrt(2 * Math.PI);
const TAIL = 2.5; // beyond it the continued fraction converges faster than the series

export const density = (z) => Math.exp(-0.5 * z * z) / ROOT_2PI;

/** Φ(z). The lower tail keeps its relative accuracy; for the upper one use below(-z). */
export function below(z) {
  if (z < -TAIL) return density(z) * tail(-z);
  if (z > TAIL) return 1 - density(z) * tail(z);
  let term = z;
  let sum = z;
  for (let k = 3; Math.abs(term) > 1e-18; k += 2) sum += term *= (z * z) / k;
  return 0.5 + density(z) * sum;
}

/** (1 - Φ(z)) / φ(z) = 1/(z + 1/(z + 2/(z + 3/(...)))) for z > 0 (Laplace). */
function tail(z) {
  let value = z;
  for (let k = 80; k > 0; k--) value = z + k / value;
  return 1 / value;
}

/** log Φ(z) without loss of digits on either side. */
export const logBelow = (z) => (z < 0 ? Math.log(below(z)) : Math.log1p(-below(-z)));

// Acklam's rational approximation, relative error 1.15e-9.
const A = [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239];
const B = [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1, 1];
const C = [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];
const polynomial = (coefficients, x) => coefficients.reduce((sum, c) => sum * x + c, 0);

/** Φ^-1(u); -Infinity at 0 and Infinity at 1. One step of Halley's rule sharpens Acklam's value. */
export function inverse(u) {
  if (u <= 0) return -Infinity;
  if (u >= 1) return Infinity;
  if (u > 0.5) return -inverse(1 - u);
  const z = u < 0.02425 ? inTail(Math.sqrt(-2 * Math.log(u))) : inMiddle(u - 0.5);
  const step = (below(z) - u) / density(z);
  return z - step / (1 + 0.5 * z * step);
}

const inTail = (q) => polynomial(C, q) / polynomial(D, q);
const inMiddle = (q) => (q * polynomial(A, q * q)) / polynomial(B, q * q);
