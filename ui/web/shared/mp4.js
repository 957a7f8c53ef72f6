/**
 * A movie as MP4: frames encoded by the browser (WebCodecs, https://www.w3.org/TR/webcodecs) and written into the boxes of
 * ISO/IEC 14496-12, the codec's own settings in avcC (14496-15) or vpcC (VP codec ISO media file format binding, 1.0).
 */

const TICKS = 90_000; // a second
const CODECS = ["avc1.42002a", "avc1.42001f", "avc1.4d002a", "avc1.64002a", "vp09.00.40.08"]; // H.264 plays everywhere, VP9 nearly
const SORRY = "This browser makes no MP4 here: take the GIF instead, which shows the same.";

/**
 * @param {{canvas: HTMLCanvasElement, paint: (n: number) => void, seconds: number[]}} reel  sides are even
 * @returns {Promise<Blob>}
 * @throws {Error} one sentence, where the browser has no encoder
 */
export async function encodeMp4({ canvas, paint, seconds }) {
  const config = await chosen(canvas, seconds);
  const samples = [];
  let told = null; // what the encoder says of itself
  let failed = null;
  const encoder = new VideoEncoder({
    output: (chunk, { decoderConfig } = {}) => {
      told ??= decoderConfig;
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      samples.push({ bytes, key: chunk.type === "key" });
    },
    error: (error) => (failed = error),
  });
  encoder.configure(config);
  let at = 0;
  for (let n = 0; n < seconds.length && !failed; n++) {
    paint(n);
    const frame = new VideoFrame(canvas, { timestamp: Math.round(1e6 * at), duration: Math.round(1e6 * seconds[n]) });
    encoder.encode(frame, { keyFrame: n % 24 === 0 });
    frame.close();
    at += seconds[n];
    while (encoder.encodeQueueSize > 4 && !failed) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  if (!failed) await encoder.flush().catch((error) => (failed = error));
  if (failed || samples.length !== seconds.length) throw new Error(SORRY, { cause: failed });
  return new Blob(file(samples, seconds, canvas, config.codec, told), { type: "video/mp4" });
}

async function chosen({ width, height }, seconds) {
  if (typeof VideoEncoder === "undefined") throw new Error(SORRY);
  for (const codec of CODECS) {
    const framerate = 1 / Math.min(...seconds);
    const config = { codec, width, height, framerate, bitrate: Math.max(500_000, 4 * width * height), latencyMode: "realtime", ...(codec.startsWith("avc1") && { avc: { format: "avc" } }) };
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }));
    if (supported) return config;
  }
  throw new Error(SORRY);
}

/** The parts of the file: what it is, where everything lies, and the frames in one piece. */
function file(samples, seconds, { width, height }, codec, told) {
  const durations = seconds.map((each) => Math.round(TICKS * each));
  const total = durations.reduce((sum, each) => sum + each, 0);
  const size = samples.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const head = box("ftyp", text("isom"), u32(0x200), text("isomiso2mp41"));
  const moov = (offset) => box("moov",
    full("mvhd", 0, 0, u32(0, 0, TICKS, total, 0x10000), u16(0x100, 0), u32(0, 0), MATRIX, u32(0, 0, 0, 0, 0, 0, 2)),
    box("trak",
      full("tkhd", 0, 3, u32(0, 0, 1, 0, total, 0, 0), u16(0, 0, 0, 0), MATRIX, u32(width << 16, height << 16)),
      box("mdia",
        full("mdhd", 0, 0, u32(0, 0, TICKS, total), u16(0x55c4, 0)),
        full("hdlr", 0, 0, u32(0), text("vide"), u32(0, 0, 0), text("Paths\0")),
        box("minf",
          full("vmhd", 0, 1, u16(0, 0, 0, 0)),
          box("dinf", full("dref", 0, 0, u32(1), full("url ", 0, 1))),
          box("stbl",
            full("stsd", 0, 0, u32(1), entry(codec, told, width, height)),
            full("stts", 0, 0, u32(durations.length, ...durations.flatMap((each) => [1, each]))),
            full("stss", 0, 0, keys(samples)),
            full("stsc", 0, 0, u32(1, 1, samples.length, 1)),
            full("stsz", 0, 0, u32(0, samples.length, ...samples.map(({ bytes }) => bytes.length))),
            full("stco", 0, 0, u32(1, offset)))))));
  const offset = head.length + moov(0).length + 8;
  return [head, moov(offset), u32(size + 8), text("mdat"), ...samples.map(({ bytes }) => bytes)];
}

function keys(samples) {
  const numbers = samples.flatMap(({ key }, n) => (key ? [n + 1] : []));
  return u32(numbers.length, ...numbers);
}

function entry(codec, told, width, height) {
  const settings = codec.startsWith("avc1")
    ? box("avcC", new Uint8Array(told.description))
    : full("vpcC", 1, 0, Uint8Array.of(0, 40, 0x82, 2, 2, 2, 0, 0)); // profile 0, level 4, 8 bits 4:2:0, colours not said
  const zeros = new Uint8Array(32);
  return box(codec.slice(0, 4), new Uint8Array(6), u16(1), new Uint8Array(16), u16(width, height), u32(0x480000, 0x480000, 0), u16(1), zeros, u16(24, 0xffff), settings);
}

const text = (letters) => Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
const u16 = (...values) => Uint8Array.from(values.flatMap((value) => [value >> 8, value]));
const u32 = (...values) => Uint8Array.from(values.flatMap((value) => [value >>> 24, value >>> 16, value >>> 8, value]));
const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

function box(name, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of [u32(size), text(name), ...parts]) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const full = (name, version, flags, ...parts) => box(name, u32((version << 24) | flags), ...parts);
