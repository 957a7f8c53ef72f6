/**
 * The encoded images, fetched in blocks as they are needed and kept.
 *
 * @typedef {Object} Images
 * @property {number} count  number of images
 * @property {(i: number) => Uint8Array | null} get  image i as [C*H*W] bytes (a view, do not write), or null while its
 *   block is on the way; onBlock tells when it is there. A failed block is asked for again after 2 s at the earliest
 * @property {(i: number) => Promise<Uint8Array>} load  image i; rejects with one sentence for the user
 * @property {(options?: {idle?: boolean, concurrency?: number, signal?: AbortSignal}) => Promise<void>} prefetchAll
 *   fetch every block, `concurrency` at a time (2), each begun when the browser is idle (true); ends early on abort
 */

import { fetchBinary } from "./fetch.js";

const RETRY_MS = 2000;

/**
 * @param {{images: string, block: number, count: number, image_shape: number[]}} descriptor  `images` is an address
 *   that holds `{block}`; block b is raw bytes of images b*block to (b+1)*block - 1, the last one shorter
 * @param {{onBlock?: (first: number, end: number) => void, onError?: (error: Error) => void}} [callbacks]  onBlock:
 *   images first to end - 1 have arrived. onError: a fetch that `get` or `prefetchAll` began has failed
 * @returns {Images}
 */
export function createImages({ images: template, block, count, image_shape: shape }, { onBlock, onError } = {}) {
  const size = shape.reduce((product, n) => product * n, 1);
  const blocks = Math.ceil(count / block);
  const loaded = new Array(blocks).fill(null); // Uint8Array once it has arrived
  const pending = new Map(); // block -> Promise
  const failedAt = new Map(); // block -> milliseconds

  function fetchBlock(b) {
    if (loaded[b]) return Promise.resolve(loaded[b]);
    if (!pending.has(b)) pending.set(b, download(b).finally(() => pending.delete(b)));
    return pending.get(b);
  }

  async function download(b) {
    const first = b * block;
    const end = Math.min(count, first + block);
    try {
      const what = `images ${first} to ${end - 1}`;
      const bytes = new Uint8Array(await fetchBinary(template.replace("{block}", b), what));
      const expected = (end - first) * size;
      if (bytes.length !== expected) {
        throw new Error(`Could not load ${what}: ${bytes.length} bytes arrived in place of ${expected}.`);
      }
      loaded[b] = bytes;
    } catch (error) {
      failedAt.set(b, performance.now());
      throw error;
    }
    onBlock?.(first, end);
    return loaded[b];
  }

  const view = (i) => loaded[Math.floor(i / block)].subarray((i % block) * size, ((i % block) + 1) * size);

  function checkIndex(i) {
    if (!Number.isInteger(i) || i < 0 || i >= count) {
      throw new Error(`There are images 0 to ${count - 1}, but no image ${i}.`);
    }
  }

  function get(i) {
    checkIndex(i);
    const b = Math.floor(i / block);
    if (loaded[b]) return view(i);
    const failed = failedAt.get(b) ?? -Infinity;
    if (!pending.has(b) && performance.now() - failed > RETRY_MS) fetchBlock(b).catch((error) => onError?.(error));
    return null;
  }

  async function load(i) {
    checkIndex(i);
    await fetchBlock(Math.floor(i / block));
    return view(i);
  }

  async function prefetchAll({ idle = true, concurrency = 2, signal } = {}) {
    let next = 0;
    const worker = async () => {
      while (next < blocks && !signal?.aborted) {
        const b = next++;
        if (loaded[b]) continue;
        if (idle) await whenIdle();
        if (!signal?.aborted) await fetchBlock(b).catch((error) => onError?.(error));
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }

  return { count, get, load, prefetchAll };
}

/**
 * Resolves when the browser has nothing more urgent to do (Safari has no requestIdleCallback: after a short while).
 * @returns {Promise<void>}
 */
function whenIdle() {
  return new Promise((resolve) => {
    if (window.requestIdleCallback) requestIdleCallback(() => resolve());
    else setTimeout(resolve, 50);
  });
}

/**
 * Bytes 0..255 to x in [0, 1], as the models are trained.
 * @param {Uint8Array} bytes [C*H*W]
 * @param {Float32Array} out [C*H*W]
 * @returns {Float32Array} out
 */
export function toUnit(bytes, out) {
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i] / 255;
  return out;
}
