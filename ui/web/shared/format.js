/** Numbers as text. The minus sign is the plain one, so that what is copied from the page can be read by a program. */

/** Fixed digits, without the sign of a zero: -0.001 at 2 digits is "0.00". Not a number is "–". */
export function fixed(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
}

const MOST_DECIMALS = 6;

/** Where the digits end of a figure that is known up to this error: at the error's first digit, or second after a 1. */
function decimals(error) {
  if (!(error > 0) || !Number.isFinite(error)) return MOST_DECIMALS;
  const place = -Math.floor(Math.log10(error));
  return Math.min(MOST_DECIMALS, Number((error * 10 ** place).toFixed(1)) < 2 ? place + 1 : place);
}

/** A figure with as many digits as its error leaves: 4.3712 with an error of 0.03 is "4.37". */
export function rounded(value, error) {
  const digits = decimals(error);
  return digits >= 0 ? fixed(value, digits) : fixed(Math.round(value * 10 ** digits) / 10 ** digits, 0);
}

/** A figure with its error, "4.37 ± 0.03", by the rule of ui/number_format.py. */
export function measured(value, error) {
  if (!Number.isFinite(value)) return "–";
  if (error === 0) return fixed(value);
  return Number.isFinite(error) ? `${rounded(value, error)} ± ${rounded(error, error)}` : `${fixed(value)}, error unknown`;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const WRITTEN_OUT = 6; // powers of ten

/** e^logN samples with two digits: "12", "4,300" or "3.1 × 10⁷". */
export function many(logN) {
  let exponent = Math.floor(logN / Math.LN10);
  let size = Number(Math.exp(logN - exponent * Math.LN10).toFixed(1));
  if (exponent < WRITTEN_OUT) return count(Math.round(size * 10 ** exponent));
  if (size >= 10) [size, exponent] = [size / 10, exponent + 1];
  return `${size.toFixed(1)} × 10${String(exponent).replace(/\d/g, (digit) => RAISED[digit])}`;
}

/** z as "0.42, -1.30". */
export const vector = (z, digits = 2) => Array.from(z, (value) => fixed(value, digits)).join(", ");

const COUNTS = new Intl.NumberFormat("en"); // made once: making one takes longer than a frame's other text

/** 10000 as "10,000". */
export const count = (n) => COUNTS.format(n);

/** "1 dimension", "3 dimensions". */
export const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;

const DIGITS = "₀₁₂₃₄₅₆₇₈₉";

/** The name of dimension j (from 0): z₁, z₂, … */
export const axisName = (j) => `z${String(j + 1).replace(/\d/g, (digit) => DIGITS[digit])}`;

/** "4.2 s", "12 min" or "1.5 h". */
export function duration(seconds) {
  if (seconds < 100) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
