/** Pictures in a row or a grid on one canvas, one canvas pixel a picture pixel. */

import { toRgba } from "../shared/picture.js";

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} count  of pictures
 * @param {number} columns
 * @param {(n: number) => ArrayLike<number>} picture  picture n, [C*H*W] in [0, 1]; it is painted before the next is asked for
 * @param {number[]} shape [C, H, W]
 */
export function paintGrid(canvas, count, columns, picture, shape) {
  const [, H, W] = shape;
  canvas.width = columns * W;
  canvas.height = Math.ceil(count / columns) * H;
  canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
  canvas.classList.add("full");
  const g = canvas.getContext("2d");
  const image = g.createImageData(W, H);
  for (let n = 0; n < count; n++) {
    toRgba(picture(n), shape, 255, image.data);
    g.putImageData(image, (n % columns) * W, Math.floor(n / columns) * H);
  }
}
