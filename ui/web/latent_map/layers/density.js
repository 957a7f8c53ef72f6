/**
 * The aggregate posterior q(z) = 1/N Σ_n q(z|x_n) on two axes. The marginal of a mixture of diagonal normals is a mixture
 * of products of 1-d normals, so each cell's mean density is exact: differences of normal distribution functions.
 */

import { projectionOf } from "../../shared/projection.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { createTransform, placeBitmap } from "../../shared/viewport.js";

const CELLS = 176;
const SLICE_MS = 7;

/** @param {() => void} repaint  asks for the plane to be composed again */
export function createDensity(repaint) {
  const bitmap = document.createElement("canvas");
  let made = null;
  let job = null;

  function draw(g, t, state) {
    const { codes, axes, theme } = state;
    if (!codes || !state.overlays.includes("density") || projectionOf(state).kind !== "dimensions") return stop();
    const key = [t.window, axes].join();
    if (made?.codes !== codes || made.axes !== axes.join()) made = null;
    if (job?.key !== key && made?.key !== key) start(key, createTransform(t.window, 1), state);
    if (!made) return;
    const colour = colourOf("encoder", theme);
    if (made.colour !== colour) paint(bitmap, made.cells, (made.colour = colour));
    const [x, y, size] = placeBitmap(made.transform, t);
    g.imageSmoothingEnabled = true;
    g.drawImage(bitmap, x, y, size, size);
  }

  function start(key, transform, state) {
    stop();
    const { codes, axes, model } = state;
    const cells = new Float64Array(CELLS * CELLS);
    const add = createAdder(cells, transform, codes, model.latentDim, axes);
    job = { key, timer: setTimeout(step, made ? 140 : 0), n: 0 };
    function step() {
      if (state.busy) return void (job.timer = setTimeout(step, 60));
      const end = performance.now() + SLICE_MS;
      while (job.n < codes.count && performance.now() < end) {
        for (const stop = Math.min(codes.count, job.n + 64); job.n < stop; job.n++) add(job.n);
      }
      if (job.n < codes.count) return void (job.timer = setTimeout(step, 0));
      made = { key, codes, axes: axes.join(), transform, cells, colour: null };
      job = null;
      repaint();
    }
  }

  function stop() {
    if (job) clearTimeout(job.timer);
    job = null;
  }

  return { draw, stop };
}

/** add(n): the mass of q(z|x_n) in each cell. Cells beyond 4 sd are left out (6e-5 of the mass). */
function createAdder(cells, t, { mu, logvar }, D, [i, j]) {
  const step = 1 / t.scale / CELLS;
  const left = t.a(0);
  const bottom = t.b(1);
  const along = new Float64Array(CELLS + 1);
  const up = new Float64Array(CELLS + 1);
  return (n) => {
    const at = n * D;
    const [x0, x1] = masses(along, mu[at + i] - left, Math.exp(0.5 * logvar[at + i]), step);
    if (x1 <= x0) return;
    const [y0, y1] = masses(up, mu[at + j] - bottom, Math.exp(0.5 * logvar[at + j]), step);
    for (let y = y0; y < y1; y++) {
      const row = (CELLS - 1 - y) * CELLS;
      for (let x = x0; x < x1; x++) cells[row + x] += along[x] * up[y];
    }
  };
}

/** Fill out[first..end-1] with the mass of N(centre, sd²) in each cell; returns [first, end]. */
function masses(out, centre, sd, step) {
  const first = Math.max(0, Math.floor((centre - 4 * sd) / step));
  const end = Math.min(CELLS, Math.ceil((centre + 4 * sd) / step));
  let below = phi((first * step - centre) / sd);
  for (let k = first; k < end; k++) {
    const above = phi(((k + 1) * step - centre) / sd);
    out[k] = above - below;
    below = above;
  }
  return [first, end];
}

/** The normal distribution function, to 1.5e-7 (Abramowitz and Stegun 7.1.26). */
function phi(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x) * Math.SQRT1_2);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = 0.5 * poly * Math.exp(-0.5 * x * x);
  return x < 0 ? tail : 1 - tail;
}

/** The colour of the encoder, more opaque where the density is higher (square root, so that thin parts can be seen). */
function paint(canvas, cells, colour) {
  canvas.width = canvas.height = CELLS;
  const g = canvas.getContext("2d");
  g.fillStyle = colour;
  g.fillRect(0, 0, CELLS, CELLS);
  const image = g.getImageData(0, 0, CELLS, CELLS);
  const most = cells.reduce((a, b) => Math.max(a, b), 0) || 1;
  for (let k = 0; k < cells.length; k++) image.data[4 * k + 3] = 205 * Math.sqrt(cells[k] / most);
  g.putImageData(image, 0, 0);
}
