/**
 * Energies of x on a square grid of z, decoded in short slices while nothing is dragged: every 16th point first, then
 * twice as fine, until all are there. σ only changes how they are coloured.
 */

import { createTransform, placeBitmap } from "../shared/viewport.js";

const COARSEST = 16;
const SLICE_MS = 7;
const TURNING_MS = 2; // of a slice while σ is turned, and the rest after it
const REST_MS = 15;

/**
 * @param {number} G  cells along a side, a multiple of COARSEST
 * @param {() => void} repaint  asks for the plane to be painted again
 */
export function createHeatmap(G, repaint) {
  const bitmap = document.createElement("canvas");
  let job = null; // the grid that is shown: {key, stride, at, energies, transform, input, model, energy}
  let wanted = null; // the grid that is worked on: the same, or the next one before its first pass is through
  let timer = 0;

  /** Work on x over `window`; the grid before stays to be seen until the first pass is through. */
  function aim(window, state) {
    const key = window.map((v) => v.toFixed(6)).join();
    if (wanted?.key === key && wanted.input === state.input && wanted.model === state.model) return;
    clearTimeout(timer);
    if (!state.input) return;
    const energies = new Float64Array((G + 1) * (G + 1)).fill(NaN);
    const { input, model, energy } = state;
    const mine = { key, stride: 2 * COARSEST, at: 0, energies, transform: createTransform(window, 1), input, model, energy };
    wanted = mine;
    timer = setTimeout(() => work(mine, state), 0);
  }

  function work(mine, state) {
    if (state.busy) return void (timer = setTimeout(() => work(mine, state), 60));
    const end = performance.now() + (state.turning ? TURNING_MS : SLICE_MS);
    do {
      if (!pass(mine, end)) break;
      mine.stride /= 2;
      mine.at = 0;
      job = mine;
      mine.painted = null;
      repaint();
    } while (mine.stride > 1 && performance.now() < end);
    if (mine.stride > 1) timer = setTimeout(() => work(mine, state), state.turning ? REST_MS : 0);
  }

  /** Decode the points of the next finer grid; whether all of them are there. */
  function pass(mine, end) {
    const s = mine.stride / 2;
    const side = G / s + 1;
    const z = [0, 0];
    for (; mine.at < side * side; mine.at++) {
      const [i, j] = [(mine.at % side) * s, Math.floor(mine.at / side) * s];
      const place = j * (G + 1) + i;
      if (mine.energies[place] === mine.energies[place]) continue;
      if (performance.now() > end) return false;
      z[0] = mine.transform.a(i / G);
      z[1] = mine.transform.b(j / G);
      mine.energies[place] = mine.energy.of(mine.model.decodeRaw(z), mine.input);
    }
    return true;
  }

  /** Paint what is there; `stepOf(energy, a, b)` is the step of `ramp` for a place, and `look` names both. */
  function draw(g, t, { stepOf, ramp, look }) {
    if (!job) return;
    if (job.painted !== look) paint(stepOf, ramp, look);
    const [x, y, size] = placeBitmap(job.transform, t);
    const half = size / (G / job.stride) / 2; // a grid point is the centre of its pixel
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = "low"; // a better one takes a frame's time where the browser paints without a GPU
    g.save();
    g.beginPath();
    g.rect(x, y, size, size);
    g.clip();
    g.drawImage(bitmap, x - half, y - half, size + 2 * half, size + 2 * half);
    g.restore();
  }

  function paint(stepOf, ramp, look) {
    const s = job.stride;
    const side = G / s + 1;
    bitmap.width = bitmap.height = side;
    const context = bitmap.getContext("2d");
    const image = context.createImageData(side, side);
    for (let p = 0; p < side * side; p++) {
      const [i, j] = [(p % side) * s, Math.floor(p / side) * s];
      const step = 3 * stepOf(job.energies[j * (G + 1) + i], job.transform.a(i / G), job.transform.b(j / G));
      image.data[4 * p] = ramp[step];
      image.data[4 * p + 1] = ramp[step + 1];
      image.data[4 * p + 2] = ramp[step + 2];
      image.data[4 * p + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    job.painted = look;
  }

  /** The grid that is there: {side, at(i, j): energy, a(i), b(j), input}, or null before the first pass. */
  function grid() {
    if (!job) return null;
    const { stride: s, energies, transform } = job;
    return {
      side: G / s + 1,
      at: (i, j) => energies[j * s * (G + 1) + i * s],
      a: (i) => transform.a((i * s) / G),
      b: (j) => transform.b((j * s) / G),
      input: job.input,
      stride: s,
    };
  }

  /** The largest energy among the points that are there, or null before the first pass. */
  const most = () => job && job.energies.reduce((a, e) => (e > a ? e : a), -Infinity);

  const works = () => !!wanted && wanted.stride > 1;

  return { aim, draw, grid, most, works, stop: () => clearTimeout(timer) };
}
