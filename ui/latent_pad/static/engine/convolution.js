/**
 * conv and conv_transpose as matrix-vector products: copy the input into a frame of zeros, then for each output pixel
 * gather the inputs that reach it and multiply them by a matrix that is prepared once.
 *
 * A transposed convolution of stride s is s² ordinary ones, a "phase" each: output row oy, with oy + padding = s q + r,
 * sums input rows q − t times kernel rows r + s t, t = 0, 1, ... (and the same for columns).
 */

import { matvec } from "./matvec.js";

/**
 * @param {{in: number, out: number, kernel: number, stride: number, padding: number}} layer
 * @param {number[]} shape [in, H, W]
 * @param {Float32Array} weight [out, in, k, k]
 * @param {Float32Array} bias [out]
 * @returns {{shape: number[], step: (x: Float32Array) => Float32Array}} step: [in*H*W] -> [out*H'*W'], reused
 */
export function compileConv({ in: inputs, out: outputs, kernel: k, stride: s, padding: p }, [, H, W], weight, bias) {
  const H2 = Math.floor((H + 2 * p - k) / s) + 1;
  const W2 = Math.floor((W + 2 * p - k) / s) + 1;
  const taps = [];
  for (let t = 0; t < k; t++) taps.push({ kernel: t, input: t - p });
  const rows = [];
  const columns = [];
  for (let o = 0; o < H2; o++) rows.push({ output: o, input: o * s });
  for (let o = 0; o < W2; o++) columns.push({ output: o, input: o * s });
  const frame = makeFrame(inputs, H, W, p, (H2 - 1) * s + k - p, (W2 - 1) * s + k - p);
  const matrix = (o, c, ky, kx) => weight[((o * inputs + c) * k + ky) * k + kx];
  const phases = [makePhase(frame, outputs, matrix, { taps, pixels: rows }, { taps, pixels: columns }, W2)];
  return { shape: [outputs, H2, W2], step: makeStep(frame, phases, bias, outputs, H2 * W2) };
}

/**
 * @param {{in: number, out: number, kernel: number, stride: number, padding: number}} layer
 * @param {number[]} shape [in, H, W]
 * @param {Float32Array} weight [in, out, k, k]
 * @param {Float32Array} bias [out]
 * @returns {{shape: number[], step: (x: Float32Array) => Float32Array}} step: [in*H*W] -> [out*H'*W'], reused
 */
export function compileConvTranspose(layer, [, H, W], weight, bias) {
  const { in: inputs, out: outputs, kernel: k, stride: s, padding: p } = layer;
  const H2 = (H - 1) * s - 2 * p + k;
  const W2 = (W - 1) * s - 2 * p + k;
  const before = Math.ceil(k / s) - 1;
  const frame = makeFrame(inputs, H, W, before, Math.floor((H2 - 1 + p) / s) + 1, Math.floor((W2 - 1 + p) / s) + 1);
  const matrix = (o, c, ky, kx) => weight[((c * outputs + o) * k + ky) * k + kx];
  const phases = [];
  for (let ry = 0; ry < s; ry++) {
    for (let rx = 0; rx < s; rx++) {
      phases.push(makePhase(frame, outputs, matrix, axisPhase(ry, k, s, p, H2), axisPhase(rx, k, s, p, W2), W2));
    }
  }
  return { shape: [outputs, H2, W2], step: makeStep(frame, phases, bias, outputs, H2 * W2) };
}

/** Along one axis: the kernel taps of remainder r, and the output pixels o with (o + p) mod s = r. */
function axisPhase(r, k, s, p, length) {
  const taps = [];
  for (let t = 0; r + s * t < k; t++) taps.push({ kernel: r + s * t, input: -t });
  const pixels = [];
  for (let o = 0; o < length; o++) if ((o + p) % s === r) pixels.push({ output: o, input: Math.floor((o + p) / s) });
  return { taps, pixels };
}

/** A buffer with room for input rows -before to endY - 1 and columns -before to endX - 1, zero outside the input. */
function makeFrame(channels, H, W, before, endY, endX) {
  const width = before + Math.max(W, endX);
  const height = before + Math.max(H, endY);
  const data = new Float32Array(channels * height * width);
  const at = (c, y, x) => (c * height + y + before) * width + x + before;
  function fill(x) {
    for (let c = 0, from = 0; c < channels; c++) {
      for (let y = 0; y < H; y++) {
        const to = at(c, y, 0);
        for (let i = 0; i < W; i++) data[to + i] = x[from++];
      }
    }
  }
  return { channels, width, data, at, fill };
}

/** The matrix [out, in * taps] of one phase, the places of its inputs, and its output pixels. */
function makePhase(frame, outputs, matrix, vertical, horizontal, outputWidth) {
  const weights = [];
  for (let o = 0; o < outputs; o++) {
    for (let c = 0; c < frame.channels; c++) {
      for (const ty of vertical.taps) for (const tx of horizontal.taps) weights.push(matrix(o, c, ty.kernel, tx.kernel));
    }
  }
  const offsets = [];
  for (let c = 0; c < frame.channels; c++) {
    for (const ty of vertical.taps) {
      for (const tx of horizontal.taps) offsets.push(frame.at(c, ty.input, tx.input) - frame.at(0, 0, 0));
    }
  }
  const bases = [];
  const targets = [];
  for (const py of vertical.pixels) {
    for (const px of horizontal.pixels) {
      bases.push(frame.at(0, py.input, px.input));
      targets.push(py.output * outputWidth + px.output);
    }
  }
  return {
    weights: Float32Array.from(weights),
    offsets: Int32Array.from(offsets),
    bases: Int32Array.from(bases),
    targets: Int32Array.from(targets),
    patch: new Float32Array(offsets.length),
  };
}

function makeStep(frame, phases, bias, outputs, pixels) {
  const y = new Float32Array(outputs * pixels);
  const column = new Float32Array(outputs); // all channels of one output pixel
  return (x) => {
    frame.fill(x);
    for (const { weights, offsets, bases, targets, patch } of phases) {
      for (let i = 0; i < bases.length; i++) {
        for (let j = 0; j < patch.length; j++) patch[j] = frame.data[bases[i] + offsets[j]];
        matvec(weights, bias, patch, column);
        for (let o = 0; o < outputs; o++) y[o * pixels + targets[i]] = column[o];
      }
    }
    return y;
  };
}
