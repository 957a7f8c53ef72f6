/**
 * Runs a layer program (a plain list of {op, ...}) on typed arrays. `compile` lays out and prepares everything once; a
 * call allocates nothing. Weights come in torch's layouts: linear [out, in], conv [out, in, k, k],
 * conv_transpose [in, out, k, k].
 *
 * @typedef {import("./safetensors.js").Tensor} Tensor
 * @typedef {import("./matmul_kernel.js").Heap} Heap
 *
 * @typedef {Object} Value  what one layer hands to the next
 * @property {number[]} shape
 * @property {number} address  where it begins in the heap, in bytes
 * @property {number} length  floats there, padding included
 * @property {Int32Array} index  index[i]: place of element i (row-major over shape), in floats from the address
 */

import { convolve, convolveTransposed } from "./convolution.js";
import { createLayout, multiply, padRows, toBlocks } from "./matmul_kernel.js";

/**
 * @param {Object[]} program  the layers, in order; layer i has tensors `${part}.${i}.weight` and `.bias`
 * @param {Object<string, Tensor>} tensors
 * @param {"encoder" | "decoder"} part
 * @param {number | number[]} inputSize  number of inputs, or their shape [C, H, W] when the program begins with a conv
 * @param {{simd?: boolean}} [options]  simd: use WebAssembly SIMD where the browser has it (true)
 * @returns {((x: Float32Array) => Float32Array) & {outputShape: number[]}} forward: x [inputs] -> y [outputs],
 *   row-major, the same buffer at every call
 * @throws {Error} one sentence, when the program and the tensors do not fit together
 */
export function compileLayers(program, tensors, part, inputSize, { simd = true } = {}) {
  const layout = createLayout();
  const steps = [];
  const shape = [inputSize].flat();
  const input = makeValue(layout, shape, size(shape), range(size(shape)));
  let value = input;
  program.forEach((layer, i) => {
    const where = `${part}.${i}`;
    if (!Object.hasOwn(LAYERS, layer?.op)) {
      throw new Error(`Layer ${where} is of the unknown kind ${JSON.stringify(layer?.op)}.`);
    }
    const weights = (name, wanted) => getWeights(tensors, `${where}.${name}`, wanted);
    const made = LAYERS[layer.op]({ layout, layer, value, weights, where });
    if (made.step) steps.push(made.step);
    value = made.value;
  });
  return makeForward(layout.build(simd), steps, input, value, part);
}

function makeForward(heap, steps, input, output, part) {
  const x0 = heap.floats.subarray(input.address / 4, input.address / 4 + input.length);
  const y0 = heap.floats.subarray(output.address / 4, output.address / 4 + output.length);
  const y = new Float32Array(output.index.length);
  function forward(x) {
    if (x.length !== x0.length) throw new Error(`The ${part} takes ${x0.length} numbers, but got ${x.length}.`);
    x0.set(x);
    for (let i = 0; i < steps.length; i++) steps[i](heap);
    for (let i = 0; i < y.length; i++) y[i] = y0[output.index[i]];
    return y;
  }
  return Object.assign(forward, { outputShape: output.shape });
}

const range = (n) => Int32Array.from({ length: n }, (_, i) => i);

const size = (shape) => shape.reduce((product, n) => product * n, 1);

const makeValue = (layout, shape, length, index) => ({ shape, length, index, address: layout.reserve(length) });

function getWeights(tensors, name, shape) {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`The model has no tensor "${name}".`);
  if (tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array)) {
    throw new Error(`Tensor "${name}" should be floats of shape [${shape}], but has shape [${tensor.shape}].`);
  }
  let zero = 0;
  for (let i = 0; i < tensor.data.length; i++) zero += tensor.data[i] * 0; // NaN as soon as one is NaN or infinite
  if (zero !== 0) throw new Error(`Tensor "${name}" holds a value that is not a finite number.`);
  return tensor.data;
}

// Each maker gives {value, step}: what the layer hands on, and what it does to the heap at each call, if anything.
const LAYERS = {
  flatten: ({ value }) => ({ value: { ...value, shape: [size(value.shape)] } }),
  reshape,
  linear,
  conv: (at) => convolution(convolve, [at.layer.out, at.layer.in], at),
  conv_transpose: (at) => convolution(convolveTransposed, [at.layer.in, at.layer.out], at),
  elu: activation((v) => (v > 0 ? v : Math.exp(v) - 1)),
  relu: activation((v) => (v > 0 ? v : 0)),
  tanh: activation(Math.tanh),
  silu: activation((v) => v / (1 + Math.exp(-v))),
};

function reshape({ layer: { shape }, value, where }) {
  if (size(shape) !== size(value.shape)) {
    throw new Error(`Layer ${where} cannot reshape [${value.shape}] to [${shape}].`);
  }
  return { value: { ...value, shape } };
}

function linear({ layout, layer: { in: inputs, out: outputs }, value, weights, where }) {
  if (value.shape.length !== 1 || value.shape[0] !== inputs) {
    throw new Error(`Layer ${where} takes ${inputs} numbers, but the layer before gives [${value.shape}].`);
  }
  const weight = weights("weight", [outputs, inputs]);
  const rows = padRows(outputs);
  const w = layout.put(toBlocks(weight, outputs, inputs, range(inputs)));
  const bias = layout.put(padded(weights("bias", [outputs])));
  const offsets = layout.put(value.index.map((place) => 4 * place));
  const y = makeValue(layout, [outputs], rows, range(outputs));
  return { value: y, step: (heap) => multiply(heap, rows, inputs, w, bias, offsets, value.address, y.address) };
}

function convolution(plan, channels, { layout, layer, value, weights, where }) {
  if (value.shape.length !== 3 || value.shape[0] !== layer.in) {
    throw new Error(`Layer ${where} takes ${layer.in} channels, but the layer before gives [${value.shape}].`);
  }
  const weight = weights("weight", [...channels, layer.kernel, layer.kernel]);
  const bias = padded(weights("bias", [layer.out]));
  const { shape, index, length, makeStep } = plan(layout, layer, value, weight, bias);
  const y = makeValue(layout, shape, length, index);
  return { value: y, step: makeStep(y.address) };
}

function padded(bias) {
  const values = new Float32Array(padRows(bias.length));
  values.set(bias);
  return values;
}

/** In place; f(0) = 0 for all of them, so padding stays zero. */
function activation(f) {
  return ({ value }) => {
    const first = value.address / 4;
    const end = first + value.length;
    const step = ({ floats }) => {
      for (let i = first; i < end; i++) floats[i] = f(floats[i]);
    };
    return { value, step };
  };
}
