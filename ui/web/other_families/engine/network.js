/**
 * A small network with leaky rectifiers of slope 0.2 between its layers and none after the last, its gradients and Adam, all
 * in float64; the twin of `initial` and `apply` in vae_core/families/gan.py.
 *
 * @typedef {{ins: number, outs: number, weight: Float64Array, bias: Float64Array}} Layer  weight is [outs * ins]
 */

const SLOPE = 0.2;
const BETAS = [0.5, 0.9]; // for networks that play against each other
const EPSILON = 1e-8;

/** Layers from sizes[0] to the last; weights N(0, 2 / in), biases 0. @returns {Layer[]} */
export function createLayers(sizes, random) {
  return sizes.slice(1).map((outs, l) => {
    const ins = sizes[l];
    return { ins, outs, weight: Float64Array.from({ length: outs * ins }, () => random.normal() * Math.sqrt(2 / ins)), bias: new Float64Array(outs) };
  });
}

/** The outputs of every layer for rows x [count * in], the input first. @returns {Float64Array[]} */
export function forward(layers, x) {
  const outputs = [x];
  layers.forEach(({ ins, outs, weight, bias }, l) => {
    const input = outputs[l];
    const count = input.length / ins;
    const output = new Float64Array(count * outs);
    for (let n = 0; n < count; n++) {
      for (let o = 0; o < outs; o++) {
        let sum = bias[o];
        for (let i = 0; i < ins; i++) sum += weight[o * ins + i] * input[n * ins + i];
        output[n * outs + o] = l < layers.length - 1 && sum < 0 ? SLOPE * sum : sum;
      }
    }
    outputs.push(output);
  });
  return outputs;
}

export const apply = (layers, x) => forward(layers, x).at(-1);

/**
 * From the gradient by the last outputs, those by the weights and biases of each layer, and by the input.
 * @returns {{parts: {weight: Float64Array, bias: Float64Array}[], input: Float64Array}}
 */
export function backward(layers, outputs, gradient) {
  const parts = [];
  let g = gradient;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { ins, outs, weight } = layers[l];
    const input = outputs[l];
    const [before, part] = [new Float64Array(input.length), { weight: new Float64Array(weight.length), bias: new Float64Array(outs) }];
    for (let n = 0; n < input.length / ins; n++) {
      for (let o = 0; o < outs; o++) {
        const d = g[n * outs + o];
        if (!d) continue;
        part.bias[o] += d;
        for (let i = 0; i < ins; i++) {
          part.weight[o * ins + i] += d * input[n * ins + i];
          before[n * ins + i] += d * weight[o * ins + i];
        }
      }
    }
    if (l > 0) for (let k = 0; k < before.length; k++) if (input[k] < 0) before[k] *= SLOPE;
    parts.unshift(part);
    g = before;
  }
  return { parts, input: g };
}

/** Adam for the layers of one network, which it changes. @returns {(parts: Object[], rate: number) => void} */
export function createAdam(layers, [beta1, beta2] = BETAS) {
  const of = () => layers.map(({ weight, bias }) => ({ weight: new Float64Array(weight.length), bias: new Float64Array(bias.length) }));
  const [means, squares] = [of(), of()];
  let step = 0;
  return (parts, rate) => {
    step += 1;
    const [one, two] = [1 - beta1 ** step, 1 - beta2 ** step];
    parts.forEach((part, l) => {
      for (const name of ["weight", "bias"]) {
        const [g, m, v, value] = [part[name], means[l][name], squares[l][name], layers[l][name]];
        for (let k = 0; k < g.length; k++) {
          m[k] = beta1 * m[k] + (1 - beta1) * g[k];
          v[k] = beta2 * v[k] + (1 - beta2) * g[k] * g[k];
          value[k] -= (rate * (m[k] / one)) / (Math.sqrt(v[k] / two) + EPSILON);
        }
      }
    });
  };
}
