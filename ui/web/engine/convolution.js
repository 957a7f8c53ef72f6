/**
 * conv and conv_transpose as matrix products: the input is copied into a frame of zeros, then the kernel runs once for
 * each output pixel, with offsets that say where, from that pixel's place in the frame, its inputs lie. Results lie
 * channels last, [pixel][padded channel]; the index of the returned value hides that from other layers.
 *
 * A transposed convolution of stride s is s² ordinary ones, a "phase" each: output row o, with o + padding = s q + r,
 * sums input rows q - t times kernel rows r + s t, t = 0, 1, ... (and the same for columns).
 *
 * @typedef {ReturnType<import("./matmul_kernel.js").createLayout>} Layout
 * @typedef {{in: number, out: number, kernel: number, stride: number, padding: number}} Layer
 * @typedef {{shape: number[], index: Int32Array, length: number, makeStep: (y: number) => (heap: Object) => void}} Plan
 *   shape [out, H', W'], index and length of the output as in layers.js; makeStep(y): writes the output at address y
 *
 * @typedef {Object} Phase  along one axis
 * @property {{kernel: number, input: number}[]} taps  which kernel row meets which input row, from the pixel's place
 * @property {{output: number, input: number}[]} pixels  output rows, and their place among the input rows
 * @typedef {{length: number, phases: Phase[]}} Axis
 */

import { multiply, padRows, toBlocks } from "./matmul_kernel.js";

/**
 * @param {Layout} layout
 * @param {Layer} layer
 * @param {import("./layers.js").Value} input  shape [in, H, W]
 * @param {Float32Array} weight [out, in, k, k]
 * @param {Float32Array} bias  padded to a multiple of 4
 * @returns {Plan}
 */
export function convolve(layout, layer, input, weight, bias) {
  const { in: inputs, kernel: k, stride: s, padding: p } = layer;
  const axes = input.shape.slice(1).map((length) => {
    const outputs = Math.floor((length + 2 * p - k) / s) + 1;
    const taps = range(k).map((t) => ({ kernel: t, input: t - p }));
    const pixels = range(outputs).map((o) => ({ output: o, input: o * s }));
    return { length: outputs, phases: [{ taps, pixels }] };
  });
  const matrix = { weight, rowStride: inputs * k * k, at: (c, y, x) => (c * k + y) * k + x };
  return plan(layout, layer, input, matrix, bias, axes);
}

/**
 * @param {Layout} layout
 * @param {Layer} layer
 * @param {import("./layers.js").Value} input  shape [in, H, W]
 * @param {Float32Array} weight [in, out, k, k]
 * @param {Float32Array} bias  padded to a multiple of 4
 * @returns {Plan}
 */
export function convolveTransposed(layout, layer, input, weight, bias) {
  const { out, kernel: k, stride: s, padding: p } = layer;
  const axes = input.shape.slice(1).map((length) => {
    const outputs = (length - 1) * s - 2 * p + k;
    const phases = range(s).map((r) => ({
      taps: range(Math.max(0, Math.ceil((k - r) / s))).map((t) => ({ kernel: r + s * t, input: -t })),
      pixels: range(outputs)
        .filter((o) => (o + p) % s === r)
        .map((o) => ({ output: o, input: Math.floor((o + p) / s) })),
    }));
    return { length: outputs, phases };
  });
  const matrix = { weight, rowStride: k * k, at: (c, y, x) => (c * out * k + y) * k + x };
  return plan(layout, layer, input, matrix, bias, axes);
}

const range = (n) => Array.from({ length: n }, (_, i) => i);

function plan(layout, { out }, input, matrix, bias, [vertical, horizontal]) {
  const frame = makeFrame(layout, input, vertical.phases, horizontal.phases);
  const rows = padRows(out);
  const biasAt = layout.put(bias);
  const phases = vertical.phases.flatMap((v) =>
    horizontal.phases.map((h) => makePhase(layout, frame, matrix, [input.shape[0], out], v, h, horizontal.length)),
  );
  const pixels = vertical.length * horizontal.length;
  const index = Int32Array.from({ length: out * pixels }, (_, i) => (i % pixels) * rows + Math.floor(i / pixels));
  const makeStep = (y) => (heap) => {
    for (let i = 0; i < frame.from.length; i++) heap.floats[frame.to[i]] = heap.floats[frame.from[i]];
    for (let n = 0; n < phases.length; n++) {
      const { w, offsets, columns, sources, targets } = phases[n];
      for (let i = 0; i < sources.length; i++) {
        multiply(heap, rows, columns, w, biasAt, offsets, sources[i], y + 4 * rows * targets[i]);
      }
    }
  };
  return { shape: [out, vertical.length, horizontal.length], index, length: rows * pixels, makeStep };
}

/** Room for the input, channels last, with zeros around it as far as any tap reaches. */
function makeFrame(layout, { shape: [channels, H, W], address, index }, vertical, horizontal) {
  const y = reach(vertical, H);
  const x = reach(horizontal, W);
  const width = x.before + x.end;
  const start = layout.reserve((y.before + y.end) * width * channels);
  const place = (c, row, column) => ((row + y.before) * width + column + x.before) * channels + c;
  const to = index.map((_, i) => start / 4 + place(Math.floor(i / (H * W)), Math.floor(i / W) % H, i % W));
  return { start, place, to, from: index.map((at) => address / 4 + at) };
}

/** How far the taps go beyond input rows 0 to length - 1: rows before 0, and one past the last row. */
function reach(phases, length) {
  let before = 0;
  let end = length;
  for (const { taps, pixels } of phases) {
    for (const { input } of pixels) {
      for (const tap of taps) {
        before = Math.max(before, -input - tap.input);
        end = Math.max(end, input + tap.input + 1);
      }
    }
  }
  return { before, end };
}

function makePhase(layout, frame, { weight, rowStride, at }, [inputs, outputs], vertical, horizontal, width) {
  const columns = vertical.taps.flatMap((y) => horizontal.taps.flatMap((x) => range(inputs).map((c) => ({ c, y, x }))));
  const columnAt = Int32Array.from(columns, ({ c, y, x }) => at(c, y.kernel, x.kernel));
  const origin = frame.place(0, 0, 0);
  const offsets = Int32Array.from(columns, ({ c, y, x }) => 4 * (frame.place(c, y.input, x.input) - origin));
  const pixels = vertical.pixels.flatMap((y) => horizontal.pixels.map((x) => ({ y, x })));
  return {
    columns: columns.length,
    w: layout.put(toBlocks(weight, outputs, rowStride, columnAt)),
    offsets: layout.put(offsets),
    sources: Int32Array.from(pixels, ({ y, x }) => frame.start + 4 * frame.place(0, y.input, x.input)),
    targets: Int32Array.from(pixels, ({ y, x }) => y.output * width + x.output),
  };
}
