/** All states of a few binary units, and what is made of logits; twin of vae_core/families/binary_states.py. */

/** All 2^units rows of zeros and ones, [2^units * units]; row n holds the bits of n, the highest first. */
export function states(units) {
  const rows = new Float64Array(2 ** units * units);
  for (let n = 0; n < 2 ** units; n++) for (let k = 0; k < units; k++) rows[n * units + k] = (n >> (units - 1 - k)) & 1;
  return rows;
}

/** The number of a row of zeros and ones among all states. */
export function numberOf(rows, at, units) {
  let n = 0;
  for (let k = 0; k < units; k++) n = 2 * n + rows[at + k];
  return n;
}

/** The pictures of side × side pixels whose rows are each full or empty, or whose columns are; each once, [N * side²]. */
export function barsAndStripes(side) {
  const found = new Map();
  const lines = states(side);
  for (let n = 0; n < 2 ** side; n++) {
    for (const across of [true, false]) {
      const picture = Array.from({ length: side * side }, (_, p) => lines[n * side + (across ? Math.floor(p / side) : p % side)]);
      found.set(picture.join(""), picture);
    }
  }
  return Float64Array.from([...found.keys()].sort().flatMap((key) => found.get(key)));
}

export const sigmoid = (t) => 1 / (1 + Math.exp(-t));

/** log(1 + exp t) without overflow. */
export const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));

/** log Σ exp of some numbers, every `step`-th from `first`, `count` of them; minus infinity of none. */
export function logSumExp(values, first = 0, count = values.length, step = 1) {
  let most = -Infinity;
  for (let k = 0; k < count; k++) most = Math.max(most, values[first + k * step]);
  if (most === -Infinity) return most;
  let sum = 0;
  for (let k = 0; k < count; k++) sum += Math.exp(values[first + k * step] - most);
  return most + Math.log(sum);
}
