/**
 * Small pictures on canvases: one canvas pixel a picture pixel, scaled up by CSS without blur. A row of numbers, which is a
 * picture of height 1, is drawn as a profile.
 */

import { h } from "./dom.js";

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

/**
 * Paint a picture of floats in [0, 1] into a rectangle of a larger canvas, scaled without blur.
 * @param {CanvasRenderingContext2D} g
 */
export function drawPicture(g, values, shape, x, y, width, height) {
  const [, H, W] = shape;
  const image = new ImageData(W, H);
  toRgba(values, shape, 255, image.data);
  const small = Object.assign(document.createElement("canvas"), { width: W, height: H });
  small.getContext("2d").putImageData(image, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(small, x, y, width, height);
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

const SIDE = 256; // canvas pixels
const MARGIN = 14;
const MOST_DOTS = 24;

/** Whether a picture of shape [C, H, W] is a row of numbers. */
export const isRow = ([C, H]) => C === 1 && H === 1;

/**
 * Draw a row over the whole canvas, in the colour of text where the canvas stands.
 * @param {ArrayLike<number>} values  [W]
 * @param {number} gain  what a value is multiplied by to lie in 0..1
 */
function drawRow(canvas, values, gain) {
  if (canvas.width !== SIDE || canvas.height !== SIDE) {
    canvas.width = canvas.height = SIDE;
    canvas.style.imageRendering = "auto";
  }
  const g = canvas.getContext("2d");
  const ink = getComputedStyle(canvas).color || "gray";
  const pixel = Math.min(4, SIDE / (canvas.clientWidth || SIDE)); // of the screen, in those of the canvas
  const inner = SIDE - 2 * MARGIN;
  const x = (n) => MARGIN + (values.length > 1 ? (inner * n) / (values.length - 1) : inner / 2);
  const y = (value) => SIDE - MARGIN - inner * Math.min(1.04, Math.max(-0.04, value * gain));
  g.clearRect(0, 0, SIDE, SIDE);
  g.strokeStyle = g.fillStyle = ink;
  g.globalAlpha = 0.2;
  g.lineWidth = pixel;
  for (const level of [0, 0.5, 1]) line(g, [[0, y(level / gain)], [SIDE, y(level / gain)]]);
  g.globalAlpha = 1;
  g.lineWidth = 2.2 * pixel;
  g.lineJoin = "round";
  const points = Array.from(values, (value, n) => [x(n), y(value)]);
  line(g, points);
  if (points.length > MOST_DOTS) return;
  for (const [across, down] of points) {
    g.beginPath();
    g.arc(across, down, 4 * pixel, 0, 2 * Math.PI);
    g.fill();
  }
}

function line(g, points) {
  g.beginPath();
  for (const point of points) g.lineTo(...point);
  g.stroke();
}
