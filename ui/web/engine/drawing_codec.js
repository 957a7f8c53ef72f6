/**
 * A drawing as it stands in a link: 4 bits a value, row-major, high nibble first, base64url without padding.
 */

const LEVELS = 15;

/**
 * @param {ArrayLike<number>} values [C*H*W] in [0, 1]; rounded to the nearest of 16 levels, clipped outside
 * @returns {string} base64url text
 */
export function encodeDrawing(values) {
  let binary = "";
  for (let i = 0; i < values.length; i += 2) {
    const low = i + 1 < values.length ? level(values[i + 1]) : 0;
    binary += String.fromCharCode((level(values[i]) << 4) | low);
  }
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/**
 * @param {string} text  what encodeDrawing made
 * @param {number} size  number of values C*H*W
 * @returns {Float32Array} [size], each a multiple of 1/15
 * @throws {Error} when the text is not such a drawing of this size
 */
export function decodeDrawing(text, size) {
  let binary;
  try {
    if (!/^[\w-]*$/.test(text)) throw new Error("outside the alphabet");
    binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  } catch {
    throw new Error("The drawing in the link is damaged: it is not base64url text.");
  }
  if (binary.length !== Math.ceil(size / 2)) {
    const needed = Math.ceil(size / 2);
    throw new Error(`The drawing in the link has ${binary.length} bytes, but this model's pictures need ${needed}.`);
  }
  const values = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const byte = binary.charCodeAt(i >> 1);
    values[i] = (i & 1 ? byte & LEVELS : byte >> 4) / LEVELS;
  }
  return values;
}

const level = (value) => Math.round(Math.min(1, Math.max(0, value)) * LEVELS);
