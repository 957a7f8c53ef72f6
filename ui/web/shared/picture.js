/** Small pictures on canvases: one canvas pixel a picture pixel, scaled up by CSS without blur. */

import { h } from "./dom.js";
import { drawRow, isRow } from "./row_plot.js";

/**
 * Write a picture into RGBA bytes.
 * @param {ArrayLike<number>} values  [C*H*W], planes one after another
 * @param {number[]} shape  [C, H, W]; one channel is grey
 * @param {number} gain  what a value is multiplied by to reach 0..255: 1 for bytes, 255 for floats
 * @param {Uint8ClampedArray} out  [4*H*W]
 */
export function toRgba(values, [C, H, W], gain, out) {
  const plane = H * W;
  const green = C === 3 ? plane : 0;
  const blue = C === 3 ? 2 * plane : 0;
  for (let p = 0, at = 0; p < plane; p++, at += 4) {
    out[at] = values[p] * gain;
    out[at + 1] = values[p + green] * gain;
    out[at + 2] = values[p + blue] * gain;
    out[at + 3] = 255;
  }
}

/** @returns {{canvas: HTMLCanvasElement, show: Function, clear: () => void}} */
export function createPicture(label, props = {}) {
  const canvas = h("canvas.pixels", { role: "img", "aria-label": label, width: 1, height: 1, ...props });
  const g = canvas.getContext("2d");
  let image = null;

  /** Floats in [0, 1] (clipped), or bytes; a row of numbers is drawn as a profile. */
  function show(values, shape) {
    const [, H, W] = shape;
    if (isRow(shape)) {
      image = null;
      drawRow(canvas, values, values instanceof Uint8Array ? 1 / 255 : 1);
      canvas.classList.add("full");
      return;
    }
    if (canvas.width !== W || canvas.height !== H || !image) {
      canvas.width = W;
      canvas.height = H;
      canvas.style.imageRendering = "";
      image = g.createImageData(W, H);
    }
    toRgba(values, shape, values instanceof Uint8Array ? 1 : 255, image.data);
    g.putImageData(image, 0, 0);
    canvas.classList.add("full");
  }

  function clear() {
    g.clearRect(0, 0, canvas.width, canvas.height);
    canvas.classList.remove("full");
  }

  return { canvas, show, clear };
}
