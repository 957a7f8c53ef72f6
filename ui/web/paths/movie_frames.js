/** The frames of a movie: what the page shows, side by side in one picture. */

import { toRgba } from "../shared/picture.js";
import { movieOrder } from "./exportable_paths.js";

const SIDE = 168; // pixels of a picture in the movie, about: it is scaled by a whole number
const MOST = 1100; // pixels of the whole movie across, about
const [GAP, HEAD, FEWEST] = [14, 30, 40];
const HOLD = 5; // times as long, at both ends

/**
 * @param {import("./exportable_paths.js").Take[]} takes
 * @returns {{canvas: HTMLCanvasElement, paint: (n: number) => void, seconds: number[]}} `paint` puts frame n of the movie on
 *   the canvas, whose sides are even numbers; how long each frame stays
 */
export function createMovieFrames(takes, state) {
  const { info, theme, speed } = state;
  const [, H, W] = info.image_shape;
  const columns = takes.length <= 4 ? takes.length : Math.ceil(Math.sqrt(1.6 * takes.length));
  const most = Math.max(FEWEST, Math.min(SIDE, MOST / columns));
  const zoom = Math.max(1, Math.round(most / W));
  const [wide, high] = [W * zoom + GAP, H * zoom + HEAD];
  const even = (value) => value + (value % 2);
  const canvas = canvasOf(even(GAP + columns * wide), even(Math.ceil(takes.length / columns) * high + GAP));
  const g = canvas.getContext("2d", { willReadFrequently: true });
  const order = movieOrder(state, takes[0].frames.z.length);

  function paint(n) {
    g.fillStyle = theme.paper;
    g.fillRect(0, 0, canvas.width, canvas.height);
    takes.forEach(({ name, colour, frames }, at) => {
      const [x, y] = [GAP + (at % columns) * wide, Math.floor(at / columns) * high];
      g.fillStyle = colour ?? theme.ink;
      g.font = `600 14px ${theme.font}`;
      g.fillText(name, x, y + 20, W * zoom);
      put(g, frames.pictures[order[n]], info.image_shape, x, y + HEAD, zoom);
    });
  }

  const isEnd = (k) => k === 0 || k === takes[0].frames.z.length - 1;
  return { canvas, paint, seconds: order.map((k) => (isEnd(k) ? HOLD : 1) / speed) };
}

/** All frames as one picture: a row a take, or a block where a take is a grid. */
export function paintStrip(takes, { info }) {
  const [, H, W] = info.image_shape;
  const columns = takes[0].columns ?? takes[0].frames.z.length;
  const rows = takes[0].columns ? columns : 1;
  const across = takes[0].columns ? takes.length : 1;
  const zoom = Math.max(1, Math.min(3, Math.floor(8000 / (W * columns * across))));
  const gap = across > 1 ? W * zoom : 0; // between two grids
  const canvas = canvasOf(across * columns * W * zoom + (across - 1) * gap, (across > 1 ? 1 : takes.length) * rows * H * zoom);
  const g = canvas.getContext("2d");
  takes.forEach(({ frames }, at) => frames.pictures.forEach((picture, k) => {
    const left = across > 1 ? at * (columns * W * zoom + gap) : 0;
    const top = across > 1 ? 0 : at * rows * H * zoom;
    put(g, picture, info.image_shape, left + (k % columns) * W * zoom, top + Math.floor(k / columns) * H * zoom, zoom);
  }));
  return canvas;
}

const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width, height });

function put(g, values, shape, x, y, zoom) {
  const [, H, W] = shape;
  const image = new ImageData(W, H);
  toRgba(values, shape, 255, image.data);
  const small = canvasOf(W, H);
  small.getContext("2d").putImageData(image, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(small, x, y, W * zoom, H * zoom);
}
