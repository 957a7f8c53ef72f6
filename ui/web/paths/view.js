/** The view of the page Paths: what of it follows from the rest, and the form in which the state holds it. */

import { equal, readView as read, round, writeView as write } from "../shared/view.js";
import { readHand, writeHand } from "./drawn_path.js";
import { OTHERS, isGroup } from "./groups.js";
import { firstStops, isStop } from "./stops.js";

const group = { read: (text, info) => (isGroup(text, info) ? text : null) };

const OWN = {
  stops: {
    read: (stops, info) => (stops.length && stops.every((stop) => isStop(stop, info)) ? stops : null),
    write: ({ stops, codes }) => (!stops || !codes || equalTexts(stops, firstStops(codes)) ? null : stops),
  },
  plus: { ...group, write: (state) => (areFirst(state) ? null : state.plus) },
  minus: { ...group, write: (state) => (areFirst(state) || state.minus === OTHERS ? null : state.minus) },
  hand: { read: readHand, standard: () => [], write: ({ hand }) => writeHand(hand) },
  window: { write: ({ window, home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)) }, // null: everything
};

export const writeView = (state) => write(state, OWN);

export function readView(raw, info) {
  const view = read(raw, info, OWN);
  return { ...view, ...groupsOf(view, info), frame: Math.min(view.frame, view.frames - 1) };
}

/** Both groups where one is given; where none is, the page chooses them. */
function groupsOf({ plus, minus }, { classes }) {
  if (!plus && !minus) return {};
  return { plus: plus ?? (classes.length ? "class.0" : OTHERS), minus: minus ?? OTHERS };
}

/** Whether the groups are those that the page chooses. */
const areFirst = ({ plus, minus, firstGroups: first }) => !plus || (!!first && plus === first.plus && minus === first.minus);

const equalTexts = (a, b) => a.length === b.length && a.every((text, n) => text === b[n]);
