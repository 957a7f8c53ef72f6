/** A density that is drawn: levels at the knots of a line or of a square, up to a factor, and how a link holds them. */

export const PICTURE = { side: 32, half: 3 }; // knots along each side of [-half, half]^2; x1 is the slow index
export const TOP = 63; // the highest level

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Levels 0..63, one base64url digit each; null for an empty drawing. */
export function writeLevels(values) {
  const levels = Array.from(values, (v) => Math.round(v));
  return levels.some(Boolean) ? levels.map((level) => DIGITS[level]).join("") : null;
}

/** @returns {Float64Array | null} null for a text that holds no drawing of so many levels */
export function readLevels(text, count) {
  const levels = Float64Array.from(text, (digit) => DIGITS.indexOf(digit));
  return levels.length === count && levels.every((level) => level >= 0 && level <= TOP) ? levels : null;
}
