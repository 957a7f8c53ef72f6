/** Numbers as text. The minus sign is the plain one, so that what is copied from the page can be read by a program. */

/** Fixed digits, without the sign of a zero: -0.001 at 2 digits is "0.00". Not a number is "–". */
export function fixed(value, digits = 2) {
  if (!Number.isFinite(value)) return "–";
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text;
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
