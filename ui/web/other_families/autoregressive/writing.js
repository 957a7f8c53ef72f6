/** What a picture is under an autoregressive model: drawn by it or given, pixel by pixel, also with one pixel turned over. */

import { createRandom } from "../../engine/random.js";
import { sigmoid, softplus } from "../engine/binary_states.js";
import { inOrder, randomOrder, walk } from "../engine/made.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

const middle = (SIDE - 1) / 2;
const row = (pixel) => Math.floor(pixel / SIDE);
const column = (pixel) => pixel % SIDE;
const away = (pixel) => (row(pixel) - middle) ** 2 + (column(pixel) - middle) ** 2;
const sortedBy = (key) => Int32Array.from({ length: PIXELS }, (_, i) => i).sort((a, b) => key(a) - key(b) || a - b);

export const ORDERS = {
  rows: sortedBy((pixel) => pixel),
  columns: sortedBy((pixel) => column(pixel) * SIDE + row(pixel)),
  middle: sortedBy(away),
  shuffled: randomOrder(PIXELS, createRandom(0)),
};

/**
 * One picture with what the model says of each pixel, given those before it in the order.
 * @typedef {{x: Uint8Array, on: Float64Array, logs: Float64Array, total: number}} Written
 *   on [D] is p(white | pixels before), logs [D] is log p of the pixel as it is, total their sum, log p(x), nats
 */

/** @returns {Written} `valueAt(pixel, p, place)` is the value of a pixel, 0 or 1, given p, the probability that it is white */
function write(model, valueAt) {
  const [x, on, logs] = [new Uint8Array(PIXELS), new Float64Array(PIXELS), new Float64Array(PIXELS)];
  walk(model, (pixel, logit, place) => {
    on[pixel] = sigmoid(logit);
    x[pixel] = valueAt(pixel, on[pixel], place);
    logs[pixel] = -softplus(x[pixel] ? -logit : logit);
    return x[pixel];
  });
  return { x, on, logs, total: logs.reduce((sum, value) => sum + value, 0) };
}

/**
 * The picture that is shown, and where the pixel that is turned over changed it. Each pixel has a uniform number u of its own
 * and is white where u < p, so that whatever differs in a drawn one does so because of the turned pixel. In a given one all
 * pixels behind the turned one are drawn.
 * @param {{given: Uint8Array | null, order: string, draw: number, pixel: number, flip: boolean}} choice
 *   given [D] is a picture, null for one that is drawn; pixel is -1 where none is chosen
 * @returns {Written & {place: Int32Array, u: Float64Array, before: Written | null}}  before: as it was, where one is turned over
 */
export function writeDown(model, { given, order, draw, pixel, flip }) {
  const ordered = inOrder(model, ORDERS[order]);
  const place = new Int32Array(PIXELS);
  ordered.order.forEach((each, t) => (place[each] = t));
  const random = createRandom(draw);
  const u = Float64Array.from({ length: PIXELS }, () => random.uniform());
  const drawn = (each, p) => Number(u[each] < p);
  const first = write(ordered, given ? (each) => given[each] : drawn);
  if (!flip || pixel < 0) return { ...first, place, u, before: null };
  const turned = write(ordered, (each, p, t) => {
    if (each === pixel) return 1 - first.x[each];
    return t < place[pixel] ? first.x[each] : drawn(each, p);
  });
  return { ...turned, place, u, before: first };
}
