/**
 * Draw the codes of the images as points. Each point is blended into a pixel buffer as a stamp, which takes 10 ms for tens
 * of thousands of points where drawing paths takes a second; the bitmap is reused until the view changes. Of more than
 * DRAW_ALL_UP_TO points a subsample is drawn, evenly over the view: the closer the view, the larger its share.
 */

import { pixelRatio } from "../canvas.js";
import { gridIndexOf } from "../grid_index.js";
import { mark } from "../palette.js";
import { placeBitmap } from "../viewport.js";

const DRAW_ALL_UP_TO = 100_000; // points; of a larger number a subsample is drawn
const SUBSAMPLE_SIZE = 60_000; // points in one view, approximately

/** @param {() => void} repaint  repaints the plane */
export function createPointLayer(repaint) {
  const bitmap = document.createElement("canvas");
  let made = null; // the state of which the bitmap was rendered: {key, codes, members, transform, looks, view}
  let cost = 0; // milliseconds of the last rendering
  let timer = 0;

  /** @returns {{shown: number, total: number} | null} how many of the points in view are drawn; null for all */
  function draw(g, t, state, look) {
    const { codes, axes, hidden, model, members = null } = state;
    if (!codes) return null;
    if (g.vector) return drawMarks(g, t, state, look);
    const looks = [axes, hidden, look.faint, look.opacity, state.theme.dark].join();
    const key = [t.window, t.size, pixelRatio(), looks].join();
    const kept = made && made.codes === codes && made.members === members;
    if (!kept || made.key !== key) {
      clearTimeout(timer);
      if (!kept || made.looks !== looks || cost < 7) {
        const start = performance.now();
        const view = codes.count > DRAW_ALL_UP_TO && model.latentDim === 2 ? gridIndexOf(codes).within(edgesOf(t), SUBSAMPLE_SIZE) : null;
        render(bitmap, t, codes, model.latentDim, axes, state.hiddenMask, styleOf(state, t, look), members, view?.indices);
        cost = performance.now() - start;
        made = { key, codes, members, transform: t, looks, view: view && { shown: view.indices.length, total: view.total } };
      } else {
        timer = setTimeout(() => {
          cost = 0; // the view no longer moves, so a slow rendering is allowed
          repaint();
        }, 120);
      }
    }
    const [x, y, size] = placeBitmap(made.transform, t);
    g.drawImage(bitmap, x, y, size, size);
    return made.view;
  }

  return { draw, stop: () => clearTimeout(timer) };
}

/** Draw the points in view as marks of a vector drawing, the same subsample as on the canvas. */
function drawMarks(g, t, state, look) {
  const { codes: { mu, label, count }, hiddenMask, members, theme } = state;
  const some = members?.length > 0;
  const view = count > DRAW_ALL_UP_TO ? gridIndexOf(state.codes).within(edgesOf(t), SUBSAMPLE_SIZE) : null;
  const { radius, ratio, alpha } = styleOf(state, t, look);
  const stampAll = (indices, opacity) => {
    const classes = new Map();
    for (const n of indices) {
      const [x, y] = [t.x(mu[2 * n]), t.y(mu[2 * n + 1])];
      const seen = !hiddenMask[label[n]] && x > -radius && y > -radius && x < t.size + radius && y < t.size + radius;
      if (!seen) continue;
      if (!classes.has(label[n])) classes.set(label[n], []);
      classes.get(label[n]).push([x, y]);
    }
    g.globalAlpha = opacity;
    for (const [k, places] of classes) g.marks(places, mark(k, theme.dark).shape, mark(k, theme.dark).colour, radius / ratio);
    g.globalAlpha = 1;
  };
  stampAll(view?.indices ?? Array(count).keys(), some ? 0.16 : alpha);
  if (some) stampAll(members, 0.9);
  return view && { shown: view.indices.length, total: view.total };
}

const edgesOf = (t) => [t.a(0), t.b(t.size), t.a(t.size), t.b(0)];

/** `opacity` is a share of the usual one. */
function styleOf({ theme, codes, home }, t, { faint, opacity = 1 }) {
  const ratio = pixelRatio();
  const crowd = Math.min(1.25, Math.max(0.5, (10_000 / codes.count) ** 0.16));
  const zoom = Math.min(2, Math.max(1, (home / t.window[2]) ** 0.4));
  const radius = Math.min(7, Math.max(1.1, (t.size / 700) ** 0.6 * 3.1 * crowd * zoom));
  return { theme, ratio, radius: radius * ratio, alpha: opacity * (faint ? 0.4 : 0.78) };
}

/** Render all points, or those with the indices `chosen`. If there are `members`, they are drawn last, all others faint. */
function render(canvas, t, codes, D, [i, j], hidden, style, members, chosen) {
  const side = Math.max(1, Math.round(t.size * style.ratio));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  const g = canvas.getContext("2d", { willReadFrequently: true });
  const image = g.createImageData(side, side);
  const { mu, label, count } = codes;
  const unit = t.scale * style.ratio;
  const left = t.a(0);
  const top = t.b(0);
  const stampAll = (length, numberOf, look) => {
    const stamps = new Map();
    for (let m = 0; m < length; m++) {
      const n = numberOf(m);
      const k = label[n];
      if (hidden[k]) continue;
      let stamp = stamps.get(k);
      if (!stamp) stamps.set(k, (stamp = makeStamp(k, look)));
      const x = Math.round((mu[n * D + i] - left) * unit - stamp.side / 2);
      const y = Math.round((top - mu[n * D + j]) * unit - stamp.side / 2);
      if (x >= 0 && y >= 0 && x + stamp.side <= side && y + stamp.side <= side) blendStamp(image.data, side, stamp, x, y);
      else if (x > -stamp.side && y > -stamp.side && x < side && y < side) blendClippedStamp(image.data, side, stamp, x, y);
    }
  };
  const some = members?.length > 0;
  stampAll(chosen?.length ?? count, chosen ? (m) => chosen[m] : (n) => n, some ? { ...style, alpha: 0.16 } : style);
  if (some) stampAll(members.length, (m) => members[m], { ...style, alpha: 0.9 });
  unpremultiply(image.data);
  g.putImageData(image, 0, 0);
}

/** The stamp of a class: offset, coverage and premultiplied colour of each pixel of its mark. */
function makeStamp(k, { theme, radius, alpha }) {
  const { colour, shape } = mark(k, theme.dark);
  const side = Math.ceil(2 * radius) + 2;
  const g = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d");
  const zoom = (2.2 * radius) / 20;
  g.setTransform(zoom, 0, 0, zoom, side / 2 - 10 * zoom, side / 2 - 10 * zoom);
  g.fillStyle = colour;
  g.fill(new Path2D(shape), "evenodd");
  const { data } = g.getImageData(0, 0, side, side);
  const pixels = [];
  for (let p = 0; p < side * side; p++) {
    const a = Math.round(data[4 * p + 3] * alpha);
    if (a) pixels.push([p, a, ...data.slice(4 * p, 4 * p + 3).map((v) => Math.round((v * a) / 255))]);
  }
  const column = (c) => Uint16Array.from(pixels, (pixel) => pixel[c]);
  return {
    side,
    dx: Uint16Array.from(pixels, ([p]) => p % side),
    dy: Uint16Array.from(pixels, ([p]) => Math.floor(p / side)),
    alpha: column(1),
    red: column(2),
    green: column(3),
    blue: column(4),
  };
}

/** Blend a stamp over the picture, in premultiplied colour. */
function blendStamp(data, width, stamp, x, y) {
  for (let p = 0; p < stamp.alpha.length; p++) blendPixel(data, 4 * ((y + stamp.dy[p]) * width + x + stamp.dx[p]), stamp, p);
}

function blendClippedStamp(data, width, stamp, x, y) {
  for (let p = 0; p < stamp.alpha.length; p++) {
    const px = x + stamp.dx[p];
    const py = y + stamp.dy[p];
    if (px >= 0 && py >= 0 && px < width && py < width) blendPixel(data, 4 * (py * width + px), stamp, p);
  }
}

function blendPixel(data, at, stamp, p) {
  const keep = 256 - stamp.alpha[p];
  data[at] = stamp.red[p] + ((data[at] * keep) >> 8);
  data[at + 1] = stamp.green[p] + ((data[at + 1] * keep) >> 8);
  data[at + 2] = stamp.blue[p] + ((data[at + 2] * keep) >> 8);
  data[at + 3] = stamp.alpha[p] + ((data[at + 3] * keep) >> 8);
}

/** Convert premultiplied colour to straight alpha, which ImageData holds. */
function unpremultiply(data) {
  for (let at = 0; at < data.length; at += 4) {
    const a = data[at + 3];
    if (a === 0 || a === 255) continue;
    data[at] = (data[at] * 255) / a;
    data[at + 1] = (data[at + 1] * 255) / a;
    data[at + 2] = (data[at + 2] * 255) / a;
  }
}
