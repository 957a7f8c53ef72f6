/** The view of the map of log p(x|z): what of it follows from the rest. */

import { encodeDrawing } from "../engine/drawing_codec.js";
import { equal, readView as read, round, writeView as write } from "../shared/view.js";

export const TURNING_MS = 100; // while σ is turned, text and curves follow ten times a second: they cost a frame's layout

export const RADIUS = 0.5; // of the circle around z, in units of z
const START = 2; // of z from the origin

/** Where z starts: on the other side of the origin than the mean of q, so that p(x|z) is small. Twin of start_of in ui/pages/where_p_is_large/selected_x.py. */
export const startOf = (mu) => Array.from(mu, (value) => (-START * value) / Math.max(1e-9, Math.hypot(...mu)));

const OWN = {
  sigma: {
    standard: ({ likelihood }) => likelihood.sigma,
    write: ({ sigma, info }) => (sigma === info.likelihood.sigma ? null : round(sigma)),
  },
  z: { write: ({ z, q }) => (!z || (q && equal(z, startOf(q.mu))) ? null : z.map(round)) }, // null: at the start
  window: { write: ({ window, home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)) }, // null: all codes
};

export const readView = (raw, info) => read(raw, info, OWN);
export const writeView = (state) => write(state, OWN);

/** What names x between the browser and the server. */
export const keyOf = ({ x, drawing }) => (drawing ? encodeDrawing(drawing) : String(x));
