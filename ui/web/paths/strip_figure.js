/** All frames of a tab as a figure: a row a take with its name before it, or a block where a take is a grid. */

import { isRow } from "../shared/picture.js";
import { paintGrid } from "./filmstrips.js";
import { KINDS, colourOf } from "./path_kinds.js";

const [GAP, LINE] = [10, 18]; // pixels between two takes, and of a line of text
const FONT = 12;
const FILLED = 0.85; // of the room, at least, by pictures whose pixels are all alike
const LEAST = 20; // pixels that a picture in a row is wide: of more frames than fit, some are shown

/**
 * @param {import("./exportable_paths.js").Take[]} takes
 * @returns {import("../shared/figure.js").Figure}
 */
export function figureOfStrips(takes, { info, tab }) {
  const place = takes[0].columns ? placeGrids : placeRows;
  return {
    name: `${info.id}-${tab}`,
    title: `${info.title}: ${takes.map(({ name }) => name).join(", ")}`,
    heightOf: (width, look) => place(takes, info.image_shape, look).height,
    legendOf: null,
    paint: (g, look) => {
      const { places, shown, words, height } = place(takes, info.image_shape, look);
      takes.forEach((take, at) => paintTake(g, take, places[at], shown, info.image_shape, look.theme));
      if (!words) return;
      g.font = `500 11px ${look.theme.font}`;
      g.fillStyle = look.theme.ink;
      g.fillText(words, places[0].left, height - LINE / 2);
    },
  };
}

function paintTake(g, { id, name, frames, columns }, { name: [x, y], left, top, width, height }, shown, shape, theme) {
  g.font = `600 ${FONT}px ${theme.font}`;
  g.fillStyle = KINDS.includes(id) ? colourOf(id, theme) : theme.ink;
  g.textAlign = "left";
  g.textBaseline = "middle";
  g.fillText(name, x, y);
  const canvas = document.createElement("canvas");
  paintGrid(canvas, shown.length, columns ?? shown.length, (n) => frames.pictures[shown[n]], shape);
  g.imageSmoothingEnabled = false;
  g.drawImage(canvas, left, top, width, height);
}

/** Rows of pictures behind their names; of the frames as many as there is room for, both ends among them. */
function placeRows(takes, shape, look) {
  const all = takes[0].frames.z.length;
  const left = snapped(Math.min(0.3 * look.width, widest(takes, look)), look);
  const count = Math.max(2, Math.min(all, Math.floor((look.width - left) / LEAST)));
  const shown = Array.from({ length: count }, (_, k) => Math.round((k * (all - 1)) / (count - 1)));
  const [wide, high] = sidesOf(shape, count, look.width - left, look);
  const row = snapped(Math.max(high, LINE) + GAP / 2, look);
  const middle = Math.max(high, LINE) / 2;
  const sides = { left, width: wide * count, height: high };
  const places = takes.map((_, at) => ({ ...sides, name: [0, at * row + middle], top: at * row }));
  const words = count < all ? `${count} of ${all} frames` : "";
  return { places, shown, words, height: takes.length * row - GAP / 2 + (words ? LINE : 0) };
}

/** Grids beside each other, each below its name. */
function placeGrids(takes, shape, look) {
  const { columns } = takes[0];
  const each = (look.width - GAP * (takes.length - 1)) / takes.length;
  const [wide, high] = sidesOf(shape, columns, each, look);
  const top = snapped(LINE, look);
  const places = takes.map((_, at) => {
    const left = snapped(at * (each + GAP), look);
    return { name: [left, top / 2], left, top, width: wide * columns, height: high * columns };
  });
  return { places, shown: takes[0].frames.z.map((_, k) => k), words: "", height: top + high * columns };
}

/** The width of the longest name and of the room after it. */
function widest(takes, { theme }) {
  const ruler = document.createElement("canvas").getContext("2d");
  ruler.font = `600 ${FONT}px ${theme.font}`;
  return GAP + Math.max(...takes.map(({ name }) => ruler.measureText(name).width));
}

/** A picture's sides: a whole number of the file's pixels for each of its own, where that fills most of the room. */
function sidesOf(shape, count, room, { scale }) {
  const [, H, W] = shape;
  const zoom = (room * scale) / (count * W);
  const wide = (Math.floor(zoom) > FILLED * zoom ? Math.floor(zoom) / zoom : 1) * (room / count);
  return [wide, isRow(shape) ? wide : (wide * H) / W];
}

/** The nearest place that lies between two pixels of the file. */
const snapped = (value, { scale }) => Math.round(value * scale) / scale;
