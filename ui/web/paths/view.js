/** The view of the page Paths: what of it follows from the rest, and the form in which the state holds it. */

import { decodeDrawing, encodeDrawing } from "../engine/drawing_codec.js";
import { equal, readDrawing, readView as read, round, writeView as write } from "../shared/view.js";
import { isGroup } from "./groups.js";
import { readHand, writeHand } from "./waypoints.js";

const DRAWN = "drawn.";
const group = { read: (text, info) => (isGroup(text, info) ? text : null) };

const OWN = {
  stops: {
    read: (stops, info) => (stops.length && stops.every((stop) => isStop(stop, info)) ? stops : null),
    write: ({ stops, codes }) => (!stops || !codes || equalTexts(stops, firstStops(codes)) ? null : stops),
  },
  plus: { ...group, standard: ({ classes, fields }) => (classes.length ? fields.plus.default : "rest") },
  minus: group,
  hand: { read: readHand, standard: () => [], write: ({ hand }) => writeHand(hand) },
  window: { write: ({ window, home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)) }, // null: everything
};

export const writeView = (state) => write(state, OWN);

export function readView(raw, info) {
  const view = read(raw, info, OWN);
  return { ...view, frame: Math.min(view.frame, view.frames - 1) };
}

/** Where nothing is chosen: the first image, and the first one of another class. */
export function firstStops({ label }) {
  const other = label.findIndex((k) => k !== label[0]);
  return label.length === 1 ? ["0"] : ["0", String(other > 0 ? other : 1)];
}

const equalTexts = (a, b) => a.length === b.length && a.every((text, n) => text === b[n]);

function isStop(stop, { count, image_shape: [C, H, W] }) {
  if (typeof stop !== "string") return false;
  return stop.startsWith(DRAWN) ? readDrawing(stop.slice(DRAWN.length), C * H * W) !== null : /^\d+$/.test(stop) && Number(stop) < count;
}

/** A stop is a test image by its number, or a drawing. */
export const imageOf = (stop) => (stop.startsWith(DRAWN) ? null : Number(stop));
export const drawingOf = (stop, pixels) => decodeDrawing(stop.slice(DRAWN.length), pixels);
export const asDrawing = (values) => DRAWN + encodeDrawing(values);
