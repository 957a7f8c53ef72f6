/** The two shipped models and the pictures to score, fetched when the chapter is opened. */

import { fetchBinary } from "../../engine/fetch.js";
import { parseSafetensors } from "../../engine/safetensors.js";
import { ORDERS, PIXELS } from "./writing.js";

/** @returns {{models: {one: import("../engine/made.js").Made, any: Object}, pictures: Uint8Array[]}} */
export async function fetchWriters({ models, pictures }) {
  const read = async (address, what) => parseSafetensors(await fetchBinary(address, what)).tensors;
  const [one, any, { x }] = await Promise.all([read(models.one, "the autoregressive model"), read(models.any, "the model of any order"), read(pictures, "the pictures")]);
  const rows = Array.from({ length: x.data.length / PIXELS }, (_, n) => x.data.subarray(n * PIXELS, (n + 1) * PIXELS));
  return { models: { one: asMade(one), any: asMade(any) }, pictures: rows };
}

/** The file's V is [H, D]; here it is read by pixel. */
function asMade({ W, c, V, b }) {
  const [D, H] = W.shape;
  const byPixel = new Float32Array(D * H);
  for (let j = 0; j < H; j++) for (let i = 0; i < D; i++) byPixel[i * H + j] = V.data[j * D + i];
  return { D, H, W: W.data, c: c.data, V: byPixel, b: b.data, order: ORDERS.rows };
}
