/** Classes by colour and by shape. Any two colours differ for every sight on light and on dark paper (decision 28). */

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

/**
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

/** Relative luminance of any CSS colour, 0 (black) to 1 (white). */
function luminance(colour) {
  const g = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  g.fillStyle = "#fff";
  g.fillStyle = colour;
  g.fillRect(0, 0, 1, 1);
  const [r, green, b] = Array.from(g.getImageData(0, 0, 1, 1).data, (v) => (v / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * green + 0.0722 * b;
}
