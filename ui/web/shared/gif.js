/**
 * Animated GIF (GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt) from RGBA frames of one size: one palette for
 * all, of the commonest colours in steps of 8, and the variable-length LZW of Appendix F.
 */

const CLEAR = 256;
const END = 257;
const MOST_CODES = 4096;

/**
 * @param {Uint8ClampedArray[]} frames  RGBA bytes
 * @param {number} width
 * @param {number} height
 * @param {number[]} delays  hundredths of a second that each frame stays
 * @returns {Uint8Array} the file; it repeats for ever
 */
export function encodeGif(frames, width, height, delays) {
  const palette = choosePalette(frames);
  const out = createBytes();
  out.text("GIF89a");
  out.short(width);
  out.short(height);
  out.put(0xf7, 0, 0); // a global table of 256 colours
  for (let k = 0; k < 256; k++) out.put(...(palette.colours[k] ?? [0, 0, 0]));
  out.put(0x21, 0xff, 11);
  out.text("NETSCAPE2.0");
  out.put(3, 1, 0, 0, 0); // repeat
  frames.forEach((frame, n) => {
    out.put(0x21, 0xf9, 4, 4);
    out.short(delays[n]);
    out.put(0, 0, 0x2c, 0, 0, 0, 0);
    out.short(width);
    out.short(height);
    out.put(0, 8);
    compress(palette.indexOf(frame), out);
  });
  out.put(0x3b);
  return out.done();
}

const bucketOf = (rgba, at) => ((rgba[at] >> 3) << 10) | ((rgba[at + 1] >> 3) << 5) | (rgba[at + 2] >> 3);

/** The mean colour of each of the 256 fullest buckets of the frames; any other takes the nearest of these. */
function choosePalette(frames) {
  const counts = new Uint32Array(1 << 15);
  const sums = new Float64Array(3 << 15);
  for (const rgba of frames) {
    for (let at = 0; at < rgba.length; at += 4) {
      const bucket = bucketOf(rgba, at);
      counts[bucket] += 1;
      for (let c = 0; c < 3; c++) sums[3 * bucket + c] += rgba[at + c];
    }
  }
  const used = Array.from(counts.keys()).filter((bucket) => counts[bucket]);
  used.sort((a, b) => counts[b] - counts[a]);
  const colours = used.slice(0, 256).map((bucket) => [0, 1, 2].map((c) => Math.round(sums[3 * bucket + c] / counts[bucket])));
  const place = new Int16Array(1 << 15).fill(-1);
  for (const bucket of used) place[bucket] = nearest(colours, [0, 1, 2].map((c) => sums[3 * bucket + c] / counts[bucket]));
  const indexOf = (rgba) => Uint8Array.from({ length: rgba.length / 4 }, (_, p) => place[bucketOf(rgba, 4 * p)]);
  return { colours, indexOf };
}

function nearest(colours, [r, g, b]) {
  let best = 0;
  let least = Infinity;
  colours.forEach(([red, green, blue], k) => {
    const distance = 2 * (red - r) ** 2 + 4 * (green - g) ** 2 + (blue - b) ** 2;
    if (distance < least) [best, least] = [k, distance];
  });
  return best;
}

/** LZW in codes of 9 to 12 bits, least significant bit first, in blocks of at most 255 bytes. */
function compress(pixels, out) {
  const codes = new Int16Array(MOST_CODES << 8); // [prefix, next pixel] -> code
  const block = [];
  let bits = 0;
  let held = 0;
  let size = 9;
  let next = END + 1;

  function write(code) {
    bits |= code << held;
    held += size;
    for (; held >= 8; held -= 8, bits >>>= 8) {
      block.push(bits & 255);
      if (block.length === 255) flush();
    }
  }

  function flush() {
    out.put(block.length, ...block);
    block.length = 0;
  }

  function restart() {
    codes.fill(-1);
    [size, next] = [9, END + 1];
  }

  restart();
  write(CLEAR);
  let prefix = pixels[0];
  for (let p = 1; p < pixels.length; p++) {
    const key = (prefix << 8) | pixels[p];
    if (codes[key] >= 0) {
      prefix = codes[key];
      continue;
    }
    write(prefix);
    if (next < MOST_CODES) {
      if (next === 1 << size) size += 1;
      codes[key] = next++;
    } else {
      write(CLEAR);
      restart();
    }
    prefix = pixels[p];
  }
  write(prefix);
  write(END);
  if (held) block.push(bits & 255);
  if (block.length) flush();
  out.put(0);
}

/** Bytes that grow. */
function createBytes() {
  let bytes = new Uint8Array(1 << 16);
  let length = 0;

  function put(...values) {
    if (length + values.length > bytes.length) {
      const larger = new Uint8Array(2 * bytes.length + values.length);
      larger.set(bytes);
      bytes = larger;
    }
    for (const value of values) bytes[length++] = value;
  }
  return {
    put,
    short: (value) => put(value & 255, value >> 8),
    text: (value) => put(...Array.from(value, (letter) => letter.charCodeAt(0))),
    done: () => bytes.subarray(0, length),
  };
}
