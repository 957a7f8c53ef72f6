/**
 * Decoded pictures on a grid over the plane. The grid is fixed in z (steps of a power of two), so tiles are kept while
 * panning, and a closer view asks for a finer grid. Tiles are decoded in short slices while nothing is dragged.
 */

import { toRgba } from "../../shared/picture.js";
import { isSlice, projectionOf } from "../../shared/projection.js";

const TILE = 34; // pixels: tiles are this wide up to twice as wide
const SLICE_MS = 7;
const KEEP = 6000; // tiles

/** @param {() => void} repaint  asks for the plane to be composed again */
export function createDecodedGrid(repaint) {
  let tiles = new Map(); // "level:i:j" -> bytes; the oldest first
  let held = null; // what the tiles were decoded for
  let sheet = null; // the tiles in view, in one canvas
  let behind = null; // the sheet before, shown until this one is full
  let timer = 0;

  function draw(g, t, state) {
    if (!state.overlays.includes("manifold") || !state.model || !state.z || !isSlice(state)) return clearTimeout(timer);
    if (g.vector) return drawSheet(g, t, wholeSheet(t, state));
    clearTimeout(timer);
    const { kind, move } = projectionOf(state);
    const fixed = [kind, state.axes, move(state.z, 0, 0).z.map((v) => Math.round(1e3 * v))].join(); // where the slice lies
    if (held?.model !== state.model || held.fixed !== fixed) {
      const kept = held?.images === state.images ? sheet ?? behind : null; // another snapshot of the same run, or another slice
      [tiles, sheet, behind, held] = [new Map(), null, kept, { model: state.model, images: state.images, fixed }];
    }
    const wanted = area(t);
    if (sheet?.key !== wanted.key) {
      if (sheet && !sheet.missing.length) behind = sheet;
      sheet = createSheet(wanted, state.model.imageShape, tiles);
    }
    for (const each of [behind, sheet]) if (each) drawSheet(g, t, each);
    if (sheet.missing.length) timer = setTimeout(() => work(state), state.busy ? 80 : 0);
    else behind = null;
  }

  function work(state) {
    if (state.busy) return void (timer = setTimeout(() => work(state), 80));
    const end = performance.now() + SLICE_MS;
    const { move } = projectionOf(state);
    while (sheet.missing.length && performance.now() < end) {
      const [i, j] = sheet.missing.pop();
      const bytes = decodeTile(state, move, sheet.step, i, j);
      tiles.set(`${sheet.step}:${i}:${j}`, bytes);
      if (tiles.size > KEEP) tiles.delete(tiles.keys().next().value);
      sheet.put(i, j, bytes);
    }
    repaint();
  }

  /** The sheet for a figure, which does not wait and has another size than the screen: what is missing is decoded now. */
  function wholeSheet(t, state) {
    const whole = createSheet(area(t), state.model.imageShape, tiles);
    const { move } = projectionOf(state);
    for (const [i, j] of whole.missing) whole.put(i, j, decodeTile(state, move, whole.step, i, j));
    return whole;
  }

  return { draw, stop: () => clearTimeout(timer) };
}

/** The picture in the middle of a tile, as bytes. */
function decodeTile({ model, z }, move, step, i, j) {
  return Uint8Array.from(model.decode(move(z, (i + 0.5) * step, (j + 0.5) * step).z), (v) => v * 255);
}

/** The tiles that cover the view: step in units of z, and ranges of indices. */
function area(t) {
  const step = 2 ** Math.ceil(Math.log2(TILE / t.scale));
  const [i0, i1] = [Math.floor(t.a(0) / step), Math.ceil(t.a(t.size) / step)];
  const [j0, j1] = [Math.floor(t.b(t.size) / step), Math.ceil(t.b(0) / step)];
  return { step, i0, i1, j0, j1, key: [step, i0, i1, j0, j1].join() };
}

function createSheet({ step, i0, i1, j0, j1, key }, [C, H, W], tiles) {
  const canvas = document.createElement("canvas");
  canvas.width = (i1 - i0) * W;
  canvas.height = (j1 - j0) * H;
  const g = canvas.getContext("2d");
  const image = g.createImageData(W, H);
  const put = (i, j, bytes) => {
    toRgba(bytes, [C, H, W], 1, image.data);
    g.putImageData(image, (i - i0) * W, (j1 - 1 - j) * H);
  };
  const missing = [];
  for (let i = i0; i < i1; i++) {
    for (let j = j0; j < j1; j++) {
      const bytes = tiles.get(`${step}:${i}:${j}`);
      if (bytes) put(i, j, bytes);
      else missing.push([i, j]);
    }
  }
  const [ci, cj] = [(i0 + i1 - 1) / 2, (j0 + j1 - 1) / 2];
  missing.sort((p, q) => Math.hypot(q[0] - ci, q[1] - cj) - Math.hypot(p[0] - ci, p[1] - cj)); // the middle last: popped first
  return { key, step, canvas, missing, put, left: i0 * step, right: i1 * step, bottom: j0 * step, top: j1 * step };
}

function drawSheet(g, t, { canvas, left, right, bottom, top }) {
  g.imageSmoothingEnabled = (right - left) * t.scale < canvas.width;
  g.drawImage(canvas, t.x(left), t.y(top), (right - left) * t.scale, (top - bottom) * t.scale);
  g.imageSmoothingEnabled = true;
}
