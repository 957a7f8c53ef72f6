/**
 * Colours from little to much: even steps of lightness in Oklab, blue to yellow through green, which the colour-blind tell
 * apart. Much stands out from the paper: dark on light paper, light on dark paper.
 */

const STEPS = 256;

// Oklab [L, a, b], from the least to the most.
const LIGHT = [[0.975, 0, 0.005], [0.87, -0.06, 0.055], [0.68, -0.075, -0.03], [0.48, -0.03, -0.12], [0.27, 0.03, -0.11]];
const DARK = [[0.24, 0.0, -0.03], [0.38, -0.02, -0.1], [0.56, -0.075, -0.03], [0.74, -0.1, 0.08], [0.94, -0.03, 0.15]];

/** @returns {Uint8ClampedArray} [3 * STEPS] red, green, blue */
export function createColorScale(dark) {
  const anchors = dark ? DARK : LIGHT;
  const out = new Uint8ClampedArray(3 * STEPS);
  for (let k = 0; k < STEPS; k++) {
    const at = (k / (STEPS - 1)) * (anchors.length - 1);
    const i = Math.min(anchors.length - 2, Math.floor(at));
    const lab = anchors[i].map((v, c) => v + (anchors[i + 1][c] - v) * (at - i));
    out.set(toRgb(lab), 3 * k);
  }
  return out;
}

/** Oklab to sRGB 0..255 (Ottosson 2020). */
function toRgb([L, a, b]) {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((v) => 255 * (v <= 0.0031308 ? 12.92 * Math.max(0, v) : 1.055 * v ** (1 / 2.4) - 0.055));
}

/** The ramp as a CSS gradient, from the least to the most. */
export function gradientOf(ramp) {
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((k) => `rgb(${ramp.slice(3 * k, 3 * k + 3).join(" ")})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/**
 * The step of the ramp for a value this many nats below the best; all that is `deepest` or deeper is the first. Steps are
 * even in the root of the depth, which around the best z grows like the distance from it.
 */
export const colorStepOf = (depth, deepest) =>
  depth >= deepest ? 0 : Math.round((1 - Math.sqrt(Math.max(0, depth) / deepest)) * (STEPS - 1));
