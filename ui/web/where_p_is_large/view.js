/** The view of the map of log p(x|z): what of it follows from the rest. */

import { encodeDrawing } from "../engine/drawing_codec.js";
import { equal, readView as read, round, writeView as write } from "../shared/view.js";

export const TURNING_MS = 100; // while σ is turned, text and curves follow ten times a second: they cost a frame's layout

const OWN = {
  sigma: {
    standard: ({ likelihood }) => likelihood.sigma,
    write: ({ sigma, info }) => (sigma === info.likelihood.sigma ? null : round(sigma)),
  },
  z: { write: ({ z, q }) => (!z || (q && equal(z, Array.from(q.mu))) ? null : z.map(round)) }, // null: at the mean of q
  window: { write: ({ window, home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)) }, // null: all codes
};

export const readView = (raw, info) => read(raw, info, OWN);
export const writeView = (state) => write(state, OWN);

/** What names x between the browser and the server. */
export const keyOf = ({ x, drawing }) => (drawing ? encodeDrawing(drawing) : String(x));
