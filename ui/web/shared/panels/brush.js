/** Soft brush strokes on a small picture of floats. A stroke covers each pixel at most once, however slowly it is drawn. */

const HISTORY = 40;

/**
 * @param {number[]} shape  [C, H, W]
 * @param {number} blank  what an empty canvas holds: 0 black, 1 white
 */
export function createBrush([C, H, W], blank) {
  const plane = H * W;
  const values = new Float32Array(C * plane).fill(blank);
  const undo = [];
  const cover = new Float32Array(plane);
  let before = null; // the picture when the stroke began

  function begin() {
    before = values.slice();
    cover.fill(0);
    undo.push(before);
    if (undo.length > HISTORY) undo.shift();
  }

  /** Paint from (x0, y0) to (x1, y1), in pixels of the picture, with `colour` [C] in [0, 1]. */
  function line(x0, y0, x1, y1, radius, colour) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    const left = Math.max(0, Math.floor(Math.min(x0, x1) - radius - 1));
    const right = Math.min(W - 1, Math.ceil(Math.max(x0, x1) + radius + 1));
    const top = Math.max(0, Math.floor(Math.min(y0, y1) - radius - 1));
    const bottom = Math.min(H - 1, Math.ceil(Math.max(y0, y1) + radius + 1));
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
        const along = length ? Math.min(1, Math.max(0, (px * (x1 - x0) + py * (y1 - y0)) / length ** 2)) : 0;
        const distance = Math.hypot(px - along * (x1 - x0), py - along * (y1 - y0));
        const p = y * W + x;
        cover[p] = Math.max(cover[p], Math.min(1, Math.max(0, radius + 0.5 - distance)));
        for (let c = 0; c < C; c++) {
          const at = c * plane + p;
          values[at] = before[at] + (colour[c] - before[at]) * cover[p];
        }
      }
    }
  }

  /** Go on from `picture` (null: an empty canvas); what was drawn before cannot be undone into. */
  function start(picture) {
    undo.length = 0;
    if (picture) values.set(picture);
    else values.fill(blank);
  }

  const back = () => undo.length > 0 && (values.set(undo.pop()), true);
  return { values, begin, line, start, back };
}

/** The 16 levels that a link can hold. */
export const inLevels = (values) => values.map((v) => Math.round(v * 15) / 15);
