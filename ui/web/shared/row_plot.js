/** A row of numbers, which is a picture of height 1, drawn as a profile: values from 0 (below) to 1, from left to right. */

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
export function drawRow(canvas, values, gain) {
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
