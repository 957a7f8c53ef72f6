/** Colours: of classes, which have a shape each too; of the theme; of saved figures; and of a scale from little to much. */

const LIGHT = ["#2275c4", "#af6747", "#059c70", "#d272aa", "#ecac09", "#31a4e6", "#643594", "#875100", "#5e6574", "#8a9604"];
const DARK = ["#4a94c0", "#e96300", "#48c897", "#b191a5", "#ffd782", "#bdebfb", "#bb8bff", "#cb9964", "#adb7d2", "#acc924"];

// Outlines in a 20 × 20 box around (10, 10), about equal in area.
const SHAPES = [
  "M3.5 10a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0 -13 0Z", // disc
  "M4.2 4.2H15.8V15.8H4.2Z", // square
  "M10 2L18 16.5H2Z", // triangle up
  "M10 1.5L18 10L10 18.5L2 10Z", // diamond
  "M7.5 2.5h5v5h5v5h-5v5h-5v-5h-5v-5h5Z", // plus
  "M10 18L2 3.5H18Z", // triangle down
  "M10 1l2.3 6h6.4l-5.1 3.9 1.9 6.3L10 13.5l-5.5 3.7 1.9-6.3L1.3 7h6.4Z", // star
  "M2.9 6.4L6.4 2.9L10 6.5L13.6 2.9L17.1 6.4L13.5 10L17.1 13.6L13.6 17.1L10 13.5L6.4 17.1L2.9 13.6L6.5 10Z", // cross
  "M2.5 10a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0 -15 0ZM6.2 10a3.8 3.8 0 1 1 7.6 0a3.8 3.8 0 1 1 -7.6 0Z", // ring
  "M10 2.2L17.4 7.6L14.6 16.3H5.4L2.6 7.6Z", // pentagon
];

export const DISC = SHAPES[0];
export const SQUARE = SHAPES[1];

/**
 * A class by colour and by shape. Any two colours differ for every sight on light and on dark paper (decision 28).
 * @param {number} label  class number; past ten the pairs of colour and shape shift, so that a hundred differ
 * @param {boolean} dark  whether the paper is dark
 * @returns {{colour: string, shape: string}} a CSS colour and SVG path data in a 20 × 20 box
 */
export function mark(label, dark) {
  const colours = dark ? DARK : LIGHT;
  return { colour: colours[label % 10], shape: SHAPES[(label + Math.floor(label / 10)) % SHAPES.length] };
}

/**
 * The theme's colours where `element` stands.
 * @returns {{ink: string, paper: string, accent: string, line: string, font: string, dark: boolean}}
 */
export function themeOf(element) {
  const style = getComputedStyle(element); // real properties, because custom ones come back unresolved
  const paper = style.backgroundColor;
  return {
    ink: style.color,
    paper,
    accent: style.caretColor,
    line: style.borderTopColor,
    font: style.fontFamily,
    dark: luminance(paper) < 0.4,
  };
}

// The themes of .streamlit/config.toml, with the line that base.css mixes of ink and paper; a font that other programs have.
const FIGURE = {
  light: { ink: "#1b2430", paper: "#ffffff", accent: "#c2255c", line: "#dddee0" },
  dark: { ink: "#e8ecf2", paper: "#10151d", accent: "#ff6b9d", line: "#30353d" },
};
const FIGURE_FONT = "Helvetica, Arial, 'Liberation Sans', sans-serif";

/** The colours and the font of a figure that is saved, whatever the page looks like; as `themeOf`. */
export const figureTheme = (dark) => ({ ...FIGURE[dark ? "dark" : "light"], font: FIGURE_FONT, dark });

const known = new Map(); // CSS colour -> [red, green, blue, alpha]
const MOST_KNOWN = 1000;

/** Any CSS colour as red, green, blue and alpha, 0 to 255. */
export function rgbaOf(colour) {
  if (!known.has(colour)) {
    if (known.size > MOST_KNOWN) known.clear();
    const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
    const g = canvas.getContext("2d", { willReadFrequently: true });
    g.fillStyle = colour;
    g.fillRect(0, 0, 1, 1);
    known.set(colour, Array.from(g.getImageData(0, 0, 1, 1).data));
  }
  return known.get(colour);
}

/** Relative luminance of any CSS colour on white, 0 (black) to 1 (white). */
function luminance(colour) {
  const [red, green, blue, alpha] = rgbaOf(colour);
  const [r, gr, b] = [red, green, blue].map((v) => ((255 + ((v - 255) * alpha) / 255) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * gr + 0.0722 * b;
}

const STEPS = 256;

// Oklab [L, a, b], from the least to the most.
const LIGHT_SCALE = [[0.975, 0, 0.005], [0.87, -0.06, 0.055], [0.68, -0.075, -0.03], [0.48, -0.03, -0.12], [0.27, 0.03, -0.11]];
const DARK_SCALE = [[0.24, 0.0, -0.03], [0.38, -0.02, -0.1], [0.56, -0.075, -0.03], [0.74, -0.1, 0.08], [0.94, -0.03, 0.15]];

/**
 * A scale in even steps of lightness in Oklab, blue to yellow through green, which the colour-blind tell apart. Much stands
 * out from the paper: dark on light paper, light on dark paper.
 * @returns {Uint8ClampedArray} [3 * STEPS] red, green, blue
 */
export function createColorScale(dark) {
  const anchors = dark ? DARK_SCALE : LIGHT_SCALE;
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

/** The step of the ramp for a share of the largest value, 0 to 1: even steps. */
export const linearStepOf = (share) => Math.round(Math.min(1, share) * (STEPS - 1));
