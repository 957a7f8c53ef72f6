/**
 * log √det JᵀJ of the decoder's mean over the plane, J being its Jacobian along the two axes: by how much a small patch of
 * the plane is stretched when it is decoded. From differences of decoded pictures at the corners of a grid's cells, which
 * is worked out in short slices while nothing is dragged, each time twice as fine.
 */

import { createColorScale } from "../../shared/palette.js";
import { isSlice, projectionOf } from "../../shared/projection.js";
import { createTransform, placeBitmap } from "../../shared/viewport.js";

const CELLS = [16, 32, 64];
const SLICE_MS = 7;
const TAILS = 0.02; // share of the cells beyond each end of the colours

/**
 * log √det JᵀJ of a cell of sides h from the pictures at its corners, -Infinity where it is flat.
 * @param {ArrayLike<number>[]} corners  bottom left, bottom right, top left, top right
 */
function logVolume([p00, p10, p01, p11], h) {
  let [aa, bb, ab] = [0, 0, 0];
  for (let k = 0; k < p00.length; k++) {
    const [along, across] = [p10[k] + p11[k], p00[k] + p01[k]];
    const da = along - across;
    const db = p01[k] + p11[k] - p00[k] - p10[k];
    aa += da * da;
    bb += db * db;
    ab += da * db;
  }
  return 0.5 * Math.log(Math.max(0, aa * bb - ab * ab)) - 2 * Math.log(2 * h);
}

/** @param {() => void} repaint  asks for the plane to be composed again */
export function createStretchLayer(store, repaint) {
  const bitmap = document.createElement("canvas");
  let made = null; // {key, slice, transform, G, values, low, high}
  let job = null;

  function draw(g, t, state) {
    if (!state.overlays.includes("metric") || !state.model || !state.z || !isSlice(state) || state.model.latentDim < 2) return stop(true);
    const { kind, move } = projectionOf(state);
    const slice = [kind, state.axes, move(state.z, 0, 0).z.map((v) => Math.round(1e3 * v))].join();
    const key = [slice, t.window].join();
    if (made && (made.model !== state.model || made.slice !== slice)) made = null;
    if (job?.key !== key && (made?.key !== key || made.G < CELLS.at(-1))) start(key, slice, createTransform(t.window, 1), state, move);
    if (!made) return;
    const { dark } = state.theme;
    if (made.dark !== dark) paint(bitmap, Object.assign(made, { dark }), createColorScale(dark));
    const [x, y, size] = placeBitmap(made.transform, t);
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = "low";
    g.drawImage(bitmap, x, y, size, size);
  }

  function start(key, slice, transform, state, move) {
    stop();
    const z = state.z;
    const pass = () => createPass(CELLS[job.level], (a, b) => state.model.decode(move(z, a, b).z), transform);
    job = { key, level: 0, pass: null, timer: setTimeout(step, made ? 140 : 0) };
    function step() {
      if (store.state.busy) return void (job.timer = setTimeout(step, 60));
      job.pass ??= pass();
      if (!job.pass.run(performance.now() + SLICE_MS)) return void (job.timer = setTimeout(step, 0));
      finish(job.pass, { key, slice, transform, model: state.model });
      job = job.level + 1 < CELLS.length ? { key, level: job.level + 1, pass: null, timer: setTimeout(step, 0) } : null;
      repaint();
    }
  }

  function finish({ G, values }, of) {
    const sorted = values.filter(Number.isFinite).sort();
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    made = { ...of, G, values, low: at(TAILS), high: at(1 - TAILS), dark: null };
    store.set({ metric: { low: made.low, high: made.high, at: (a, b) => valueAt(made, a, b), cells: G } });
  }

  function stop(off = false) {
    if (job) clearTimeout(job.timer);
    job = null;
    if (off && made) {
      made = null;
      store.set({ metric: null });
    }
  }

  return { draw, stop: () => stop() };
}

/** One grid of G × G cells over a window, row by row from below; `run(end)` works until then and says whether it is done. */
function createPass(G, decode, transform) {
  const h = 1 / transform.scale / G;
  const [left, bottom] = [transform.a(0), transform.b(1)];
  const values = new Float32Array(G * G);
  let row = null; // pictures along the upper corners of the cells that come next
  let next = [];
  let j = 0;

  function run(end) {
    while (j <= G) {
      while (next.length <= G) {
        if (performance.now() > end) return false;
        next.push(Float32Array.from(decode(left + next.length * h, bottom + j * h)));
      }
      if (row) for (let i = 0; i < G; i++) values[(j - 1) * G + i] = logVolume([row[i], row[i + 1], next[i], next[i + 1]], h);
      [row, next] = [next, []];
      j += 1;
    }
    return true;
  }
  return { G, values, run };
}

function valueAt({ transform, G, values }, a, b) {
  const [i, j] = [Math.floor(transform.x(a) * G), Math.floor((1 - transform.y(b)) * G)];
  return i >= 0 && j >= 0 && i < G && j < G ? values[j * G + i] : NaN;
}

function paint(canvas, { G, values, low, high }, ramp) {
  canvas.width = canvas.height = G;
  const g = canvas.getContext("2d");
  const image = g.createImageData(G, G);
  const steps = ramp.length / 3 - 1;
  for (let k = 0; k < values.length; k++) {
    const [i, j] = [k % G, G - 1 - Math.floor(k / G)];
    const share = Math.min(1, Math.max(0, (values[k] - low) / (high - low || 1)));
    const step = 3 * Math.round(share * steps);
    image.data.set([ramp[step], ramp[step + 1], ramp[step + 2], 255], 4 * (j * G + i));
  }
  g.putImageData(image, 0, 0);
}
