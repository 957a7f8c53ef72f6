/**
 * A figure for a paper or a slide: a drawing laid out for its own width, with a title above and a legend below it,
 * as SVG and as PNG. The PNG is the SVG, drawn by the browser.
 *
 * @typedef {{name: string, colour: string, shape?: string, dash?: number[]}} Entry  of a legend: a mark, whose outline
 *   lies in a 20 × 20 box, or a line
 * @typedef {{ramp: ArrayLike<number>, ticks: [number, string][], words: string}} Scale  of colours, with texts at
 *   shares 0..1
 * @typedef {{entries?: Entry[], scales?: Scale[]}} Legend
 *
 * @typedef {Object} Figure
 * @property {string} name  of the file, without its ending
 * @property {string} title  what it shows, for those who do not see it
 * @property {(width: number, look: Look) => number} heightOf  how high the drawing is
 * @property {(g: Object, look: Look & {height: number}) => void | Promise<void>} paint  draws it at (0, 0)
 * @property {((look: Look) => Legend) | null} legendOf  null: it says by itself what is what
 *
 * @typedef {{width: number, scale: number, legend: boolean, theme: Object}} Look  width in CSS pixels; scale: pixels of
 *   the PNG in one of them
 */

import { figureTheme } from "./palette.js";
import { createSvgContext, escaped, number } from "./svg_context.js";

const GAP = 8;
const LINE = 18; // pixels from one line of text to the next
const MARK = 16; // pixels of a legend's mark, with the room after it
const BAR = 10; // pixels that a scale of colours is high
const TICKS = 18; // pixels of the texts below it

/**
 * @param {Figure} figure
 * @param {{width: number, scale: number, dark: boolean, legend: boolean, title: string}} choice
 * @returns {Promise<{width: number, height: number, svg: (width: string, height: string) => string}>} in CSS pixels;
 *   `svg` writes it with what an SVG says of its size
 */
export async function composeFigure(figure, { width, scale, dark, legend, title }) {
  const g = createSvgContext();
  const look = { width, scale, legend: legend && !!figure.legendOf, theme: figureTheme(dark) };
  const lines = wrapped(g, title.trim(), width - 2 * GAP, titleFont(look));
  const head = lines.length ? lines.length * LINE + GAP : 0;
  const drawn = figure.heightOf(width, look);
  const below = look.legend ? legendRows(g, figure.legendOf(look), look) : { height: 0, paint: () => {} };
  const height = head + drawn + below.height;
  g.fillStyle = look.theme.paper;
  g.fillRect(0, 0, width, height);
  paintTitle(g, lines, look);
  g.save();
  g.translate(0, head);
  g.beginPath();
  g.rect(0, 0, width, drawn);
  g.clip();
  await figure.paint(g, { ...look, height: drawn });
  g.restore();
  g.save();
  g.translate(0, head + drawn);
  below.paint(g);
  g.restore();
  const svg = (across, down) =>
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" `
    + `viewBox="0 0 ${number(width)} ${number(height)}" width="${across}" height="${down}">`
    + `<title>${escaped(title.trim() || figure.title)}</title>\n${g.markup()}\n</svg>\n`;
  return { width, height, svg };
}

const titleFont = ({ theme }) => `600 14px ${theme.font}`;
const legendFont = ({ theme }) => `500 11px ${theme.font}`;

function paintTitle(g, lines, look) {
  g.font = titleFont(look);
  g.fillStyle = look.theme.ink;
  g.textAlign = "left";
  g.textBaseline = "middle";
  lines.forEach((line, k) => g.fillText(line, GAP, GAP / 2 + (k + 0.5) * LINE));
}

/** Lines of words that are as wide as `width` at most, where a single word allows it. */
function wrapped(g, text, width, font) {
  g.font = font;
  const lines = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && g.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The places of a legend's entries and scales: entries one after another, in as many rows as it takes. */
function legendRows(g, { entries = [], scales = [] }, look) {
  g.font = legendFont(look);
  const places = [];
  let [x, y] = [GAP, GAP];
  for (const entry of entries) {
    const wide = MARK + g.measureText(entry.name).width;
    if (x > GAP && x + wide > look.width - GAP) [x, y] = [GAP, y + LINE];
    places.push([entry, x, y]);
    x += wide + 2 * GAP;
  }
  const top = entries.length ? y + LINE : GAP;
  const described = scales.map((scale) => ({ ...scale, lines: wrapped(g, scale.words, look.width - 2 * GAP, g.font) }));
  const high = ({ lines }) => BAR + TICKS + lines.length * LINE;
  const height = described.reduce((sum, scale) => sum + high(scale), top) + GAP / 2;
  const paint = () => {
    g.font = legendFont(look);
    g.textBaseline = "middle";
    for (const place of places) paintEntry(g, place, look.theme);
    described.reduce((at, scale) => (paintScale(g, scale, at, look), at + high(scale)), top);
  };
  return { height, paint };
}

function paintEntry(g, [{ name, colour, shape, dash = [] }, x, y], { ink }) {
  const middle = y + LINE / 2;
  if (shape) g.marks([[x + 5, middle]], shape, colour, 5);
  else {
    g.strokeStyle = colour;
    g.lineWidth = 2;
    g.setLineDash(dash);
    g.beginPath();
    g.moveTo(x, middle);
    g.lineTo(x + 11, middle);
    g.stroke();
    g.setLineDash([]);
  }
  g.fillStyle = ink;
  g.textAlign = "left";
  g.fillText(name, x + MARK, middle);
}

function paintScale(g, { ramp, ticks, lines }, y, { width, theme }) {
  const wide = Math.min(320, width - 2 * GAP);
  const steps = ramp.length / 3;
  const strip = Object.assign(document.createElement("canvas"), { width: steps, height: 1 });
  const context = strip.getContext("2d");
  const image = context.createImageData(steps, 1);
  for (let k = 0; k < steps; k++) image.data.set([ramp[3 * k], ramp[3 * k + 1], ramp[3 * k + 2], 255], 4 * k);
  context.putImageData(image, 0, 0);
  g.drawImage(strip, GAP, y, wide, BAR);
  g.fillStyle = theme.ink;
  for (const [share, text] of ticks) {
    g.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
    g.fillText(text, GAP + share * wide, y + BAR + TICKS / 2);
  }
  g.textAlign = "left";
  lines.forEach((line, k) => g.fillText(line, GAP, y + BAR + TICKS + (k + 0.5) * LINE));
}

/**
 * An SVG as a PNG.
 * @param {{svg: Function}} composed  by `composeFigure`
 * @param {number} width  in pixels
 * @param {number} height
 * @param {number | null} dpi  pixels in an inch, by which programs know how large it is on paper
 * @returns {Promise<Blob>}
 */
export async function toPng({ svg }, width, height, dpi) {
  const image = new Image();
  const address = URL.createObjectURL(new Blob([svg(width, height)], { type: "image/svg+xml" }));
  try {
    image.src = address;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d", { alpha: false }).drawImage(image, 0, 0, width, height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("The browser could not make a picture of this size. Choose a smaller one.");
    return dpi ? withDensity(blob, dpi) : blob;
  } finally {
    URL.revokeObjectURL(address);
  }
}

const HEAD = 33; // bytes of a PNG before its second chunk: the signature and IHDR
const INCH = 0.0254; // metres

/** A PNG with the chunk pHYs, which says how many of its pixels go into a metre. */
async function withDensity(png, dpi) {
  const chunk = new DataView(new ArrayBuffer(21));
  chunk.setUint32(0, 9);
  [..."pHYs"].forEach((letter, k) => chunk.setUint8(4 + k, letter.charCodeAt(0)));
  for (const at of [8, 12]) chunk.setUint32(at, Math.round(dpi / INCH));
  chunk.setUint8(16, 1);
  chunk.setUint32(17, crc32(new Uint8Array(chunk.buffer, 4, 13)));
  return new Blob([png.slice(0, HEAD), chunk.buffer, png.slice(HEAD)], { type: "image/png" });
}

/** The checksum of a PNG's chunk (ISO 3309). */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
