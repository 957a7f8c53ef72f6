/**
 * Runs a layer program (a plain list of {op, ...}) on typed arrays. Everything is prepared once by `compile`; a call
 * allocates nothing. Weights keep torch's layouts: linear [out, in], conv [out, in, k, k], conv_transpose [in, out, k, k].
 */

import { compileConv, compileConvTranspose } from "./convolution.js";
import { matvec } from "./matvec.js";

/** @typedef {import("./safetensors.js").Tensor} Tensor */
/** @typedef {(x: Float32Array) => Float32Array} Step */

/**
 * @param {Object[]} program  the layers, in order; layer i has tensors `${part}.${i}.weight` and `.bias`
 * @param {Object<string, Tensor>} tensors
 * @param {"encoder" | "decoder"} part
 * @param {number | number[]} inputSize  number of inputs, or their shape [C, H, W] when the program begins with a conv
 * @returns {Step & {outputShape: number[]}} forward(x [inputs]) -> y [outputs], the same buffer at every call
 * @throws {Error} one sentence, when the program and the tensors do not fit together
 */
export function compile(program, tensors, part, inputSize) {
  const steps = [];
  let shape = [inputSize].flat();
  program.forEach((layer, i) => {
    const make = Object.hasOwn(LAYERS, layer.op) ? LAYERS[layer.op] : null;
    if (!make) throw new Error(`Layer ${i} of the ${part} is of the unknown kind ${JSON.stringify(layer.op)}.`);
    const where = `${part}.${i}`;
    const made = make(layer, shape, (name, wanted) => getWeights(tensors, `${where}.${name}`, wanted), where);
    shape = made.shape;
    if (made.step) steps.push(made.step);
  });
  const inputs = size([inputSize].flat());
  function forward(x) {
    if (x.length !== inputs) throw new Error(`The ${part} takes ${inputs} numbers, but got ${x.length}.`);
    for (let i = 0; i < steps.length; i++) x = steps[i](x);
    return x;
  }
  return Object.assign(forward, { outputShape: shape });
}

const size = (shape) => shape.reduce((product, n) => product * n, 1);

function getWeights(tensors, name, shape) {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`The model has no tensor "${name}".`);
  if (tensor.shape.join() !== shape.join() || !(tensor.data instanceof Float32Array)) {
    throw new Error(`Tensor "${name}" should be floats of shape [${shape}], but has shape [${tensor.shape}].`);
  }
  if (!tensor.data.every(Number.isFinite)) throw new Error(`Tensor "${name}" holds a value that is not a finite number.`);
  return tensor.data;
}

// Each maker: (layer, input shape, weights(name, shape), where) -> {shape: output shape, step: Step | undefined}.
const LAYERS = {
  flatten: (_, shape) => ({ shape: [size(shape)] }),
  reshape: ({ shape }, from, _, where) => {
    if (size(shape) !== size(from)) throw new Error(`Layer ${where} cannot reshape [${from}] to [${shape}].`);
    return { shape };
  },
  linear,
  conv: (layer, shape, weights, where) => convolution(compileConv, false, layer, shape, weights, where),
  conv_transpose: (layer, shape, weights, where) => convolution(compileConvTranspose, true, layer, shape, weights, where),
  elu: activation((v) => (v > 0 ? v : Math.exp(v) - 1)),
  relu: activation((v) => (v > 0 ? v : 0)),
  tanh: activation(Math.tanh),
  silu: activation((v) => v / (1 + Math.exp(-v))),
};

function linear({ in: inputs, out: outputs }, shape, weights, where) {
  if (shape.length !== 1 || shape[0] !== inputs) {
    throw new Error(`Layer ${where} takes ${inputs} numbers, but the layer before gives [${shape}].`);
  }
  const weight = weights("weight", [outputs, inputs]);
  const bias = weights("bias", [outputs]);
  const y = new Float32Array(outputs);
  return { shape: [outputs], step: (x) => matvec(weight, bias, x, y) };
}

function convolution(compileLayer, transposed, layer, shape, weights, where) {
  const { in: inputs, out: outputs, kernel } = layer;
  if (shape.length !== 3 || shape[0] !== inputs) {
    throw new Error(`Layer ${where} takes ${inputs} channels, but the layer before gives [${shape}].`);
  }
  const channels = transposed ? [inputs, outputs] : [outputs, inputs];
  return compileLayer(layer, shape, weights("weight", [...channels, kernel, kernel]), weights("bias", [outputs]));
}

function activation(f) {
  return (_, shape) => {
    const y = new Float32Array(size(shape));
    const step = (x) => {
      for (let i = 0; i < y.length; i++) y[i] = f(x[i]);
      return y;
    };
    return { shape, step };
  };
}
