/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey's small fast counter generator, 128 bits of state), its state
 * filled by splitmix32. Only integer operations, + - * / and sqrt, all of which IEEE 754 fixes to the last bit, so
 * the same seed gives the same numbers in every browser.
 *
 * @typedef {{uniform: () => number, normal: () => number}} Random
 */

/**
 * @param {number} seed  a whole number, 0 to 2^53 - 1
 * @returns {Random} uniform() in [0, 1) with 32 random bits; normal() from N(0, 1)
 * @throws {Error} when the seed is not such a number
 */
export function createRandom(seed) {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new Error(`A seed is a whole number of 0 or more, but got ${seed}.`);
  }
  const mix = splitmix32((seed ^ Math.imul((seed / 2 ** 32) | 0, 0x9e3779b1)) | 0);
  let a = mix();
  let b = mix();
  let c = mix();
  let counter = 1;
  let spare = NaN; // the polar method makes normals in pairs

  function uint32() {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  const uniform = () => uint32() / 2 ** 32;

  /** Marsaglia's polar method: (u, v) uniform in the unit disc, times sqrt(-2 log(s) / s), s = u² + v². */
  function normal() {
    if (spare === spare) {
      const value = spare;
      spare = NaN;
      return value;
    }
    let u, v, s;
    do {
      u = 2 * uniform() - 1;
      v = 2 * uniform() - 1;
      s = u * u + v * v;
    } while (s >= 1 || s === 0);
    const scale = Math.sqrt((-2 * log(s)) / s);
    spare = v * scale;
    return u * scale;
  }

  for (let i = 0; i < 12; i++) uint32(); // let the seed reach all of the state
  return { uniform, normal };
}

function splitmix32(state) {
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let t = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    t = Math.imul(t ^ (t >>> 13), 0xc2b2ae35);
    return t ^ (t >>> 16);
  };
}

/**
 * Natural logarithm of s in (0, 1), to about 1e-15 relative. Math.log may differ in its last bit between engines.
 * s = m 2^-k with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(t), t = (m - 1) / (m + 1), |t| < 0.172, by its series.
 */
export function log(s) {
  let m = s;
  let k = 0;
  for (; m < Math.SQRT1_2; m *= 2) k++;
  const t = (m - 1) / (m + 1);
  const q = t * t;
  let sum = 1 / 21;
  for (let n = 19; n > 0; n -= 2) sum = sum * q + 1 / n;
  return 2 * t * sum - k * Math.LN2;
}

const LARGEST_SEED = 2 ** 31 - 1; // that a link may hold

/** The next seed: every "again" is a new one, and the link holds it. */
export const nextSeed = (seed) => (seed + 1) % LARGEST_SEED;
