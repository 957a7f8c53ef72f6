/** A small network from z to x on the plane, twin of vae_core/transport/learned_map.py: tanh layers, a linear output, in float64. */

/**
 * @param {number} width  units in a hidden layer
 * @param {number} depth  hidden layers
 * @param {{normal: () => number}} random  weights are N(0, 1/in), biases 0
 */
export function createNetwork(width, depth, random) {
  const sizes = [2, ...Array(depth).fill(width), 2];
  const layers = sizes.slice(1).map((outs, l) => {
    const ins = sizes[l];
    const weight = Float64Array.from({ length: outs * ins }, () => random.normal() / Math.sqrt(ins));
    return { ins, outs, weight, bias: new Float64Array(outs), gWeight: new Float64Array(outs * ins), gBias: new Float64Array(outs) };
  });
  let kept = []; // the outputs of each layer for the last batch, for `backward`

  /** [count * 2] -> [count * 2] */
  function forward(z, count) {
    kept = [z];
    let input = z;
    layers.forEach(({ ins, outs, weight, bias }, l) => {
      const output = new Float64Array(count * outs);
      for (let n = 0; n < count; n++) {
        for (let o = 0; o < outs; o++) {
          let sum = bias[o];
          for (let i = 0; i < ins; i++) sum += weight[o * ins + i] * input[n * ins + i];
          output[n * outs + o] = l < layers.length - 1 ? Math.tanh(sum) : sum;
        }
      }
      kept.push(output);
      input = output;
    });
    return input;
  }

  /** From the gradient by the last outputs [count * 2] to gWeight and gBias of each layer. */
  function backward(gradient, count) {
    let g = gradient;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { ins, outs, weight, gWeight, gBias } = layers[l];
      const input = kept[l];
      const before = new Float64Array(count * ins);
      gWeight.fill(0);
      gBias.fill(0);
      for (let n = 0; n < count; n++) {
        for (let o = 0; o < outs; o++) {
          const d = g[n * outs + o];
          gBias[o] += d;
          for (let i = 0; i < ins; i++) {
            gWeight[o * ins + i] += d * input[n * ins + i];
            before[n * ins + i] += d * weight[o * ins + i];
          }
        }
      }
      if (l > 0) for (let k = 0; k < before.length; k++) before[k] *= 1 - input[k] * input[k];
      g = before;
    }
  }

  /** √det JᵀJ at z: the two columns of J are carried through the layers beside z. */
  function volume(z) {
    let value = z;
    let columns = [[1, 0], [0, 1]];
    layers.forEach(({ ins, outs, weight, bias }, l) => {
      const through = (v) => Array.from({ length: outs }, (_, o) => v.reduce((sum, vi, i) => sum + weight[o * ins + i] * vi, 0));
      const sums = through(value).map((sum, o) => sum + bias[o]);
      const last = l === layers.length - 1;
      value = last ? sums : sums.map(Math.tanh);
      columns = columns.map((column) => through(column).map((d, o) => (last ? d : d * (1 - value[o] ** 2))));
    });
    const [[a, c], [b, d]] = columns;
    return Math.abs(a * d - b * c);
  }

  const apply = (z) => Array.from(forward(Float64Array.from(z), 1));
  return { layers, forward, backward, volume, apply };
}
