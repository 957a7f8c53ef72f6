/**
 * The safetensors format: 8 bytes of header length (little endian), a JSON header, then raw tensor bytes.
 * https://github.com/huggingface/safetensors#format
 *
 * @typedef {{shape: number[], data: Float32Array | Uint8Array}} Tensor  row-major; F16 and F32 arrive as Float32Array
 * @typedef {{metadata: Object<string, string>, tensors: Object<string, Tensor>}} TensorFile
 */

const BYTES = { F16: 2, F32: 4, U8: 1 };

/**
 * Read a safetensors file.
 * @param {ArrayBuffer} buffer  the whole file; aligned F32 and U8 tensors are views on it, not copies
 * @returns {TensorFile}
 * @throws {Error} one sentence, when the file is malformed or holds a type other than F16, F32 and U8
 */
export function parseSafetensors(buffer) {
  const { header, start } = readHeader(buffer);
  const metadata = header.__metadata__ ?? {};
  const tensors = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") tensors[name] = readTensor(buffer, start, name, entry);
  }
  return { metadata, tensors };
}

function readHeader(buffer) {
  if (buffer.byteLength < 8) {
    throw new Error(`A safetensors file begins with the length of its header, but this has ${buffer.byteLength} bytes.`);
  }
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const start = 8 + length;
  if (start > buffer.byteLength) {
    throw new Error(`The safetensors header should have ${length} bytes, but the file has only ${buffer.byteLength}.`);
  }
  let header;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(buffer, 8, length)));
  } catch {
    throw new Error("The safetensors header is not JSON text.");
  }
  if (!isObject(header)) throw new Error("The safetensors header is not a JSON object.");
  return { header, start };
}

function readTensor(buffer, start, name, entry) {
  const { dtype, shape, data_offsets: offsets } = isObject(entry) ? entry : {};
  if (!Object.hasOwn(BYTES, dtype)) {
    throw new Error(`Tensor "${name}" has type ${JSON.stringify(dtype)}; expected F16, F32 or U8.`);
  }
  if (!isCounts(shape)) throw new Error(`Tensor "${name}" has no valid shape.`);
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [1, 0];
  const room = buffer.byteLength - start;
  if (begin > end || end > room) {
    throw new Error(`Tensor "${name}" lies outside the file, which holds ${room} bytes of tensors.`);
  }
  const count = shape.reduce((product, n) => product * n, 1);
  const needed = count * BYTES[dtype];
  if (end - begin !== needed) {
    throw new Error(`Tensor "${name}" of type ${dtype}, shape [${shape}] needs ${needed} bytes, but has ${end - begin}.`);
  }
  return { shape, data: readData(buffer, start + begin, count, dtype) };
}

function readData(buffer, at, count, dtype) {
  if (dtype === "U8") return new Uint8Array(buffer, at, count);
  const size = BYTES[dtype];
  const aligned = at % size === 0;
  const source = aligned ? buffer : buffer.slice(at, at + count * size);
  const offset = aligned ? at : 0;
  if (dtype === "F32") return new Float32Array(source, offset, count);
  return halfToFloat(new Uint16Array(source, offset, count));
}

/**
 * Convert IEEE half precision to single precision, exactly.
 * The exponent and fraction bits, moved to their place in a float32, stand for the value times 2^-112 (also when it is
 * subnormal); infinities and NaNs get the all-ones exponent.
 * @param {Uint16Array} half  bit patterns
 * @returns {Float32Array} the same values
 */
export function halfToFloat(half) {
  const float = new Float32Array(half.length);
  const bits = new Uint32Array(float.buffer);
  for (let i = 0; i < half.length; i++) {
    const h = half[i];
    bits[i] = ((h & 0x8000) << 16) | ((h & 0x7fff) << 13);
    if ((h & 0x7c00) === 0x7c00) bits[i] |= 0x7f800000;
    else float[i] *= 2 ** 112;
  }
  return float;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isCounts = (value) => Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
