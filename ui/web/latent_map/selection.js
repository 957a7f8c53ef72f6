/**
 * Many points at once, by a lasso or a box: its corners, what lies inside, how much of each class, and the panel that
 * says so.
 */

import { button, h, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { MOST_CORNERS, bounds, box, isInside, thinCorners } from "../shared/polygon.js";
import { projectionOf } from "../shared/projection.js";
import { shapeOf } from "./panels/legend.js";

const round = (value) => Math.round(value * 1e4) / 1e4 + 0; // as the link holds it

/**
 * @param {"lasso" | "box"} tool
 * @param {number[][]} points  on the plane, as they were drawn; of a box the first and the last count
 * @returns {number[][] | null} corners; null for what holds no area
 */
function cornersOf(tool, points) {
  const corners = tool === "box" ? box(points[0], points.at(-1)) : thinCorners(points, MOST_CORNERS);
  const [a0, b0, a1, b1] = bounds(corners);
  return corners.length < 3 || a0 === a1 || b0 === b1 ? null : corners.map((corner) => corner.map(round));
}

/** Numbers of the points inside whose class is shown. */
function membersOf({ count, mu, label }, corners, hidden) {
  const [a0, b0, a1, b1] = bounds(corners);
  const members = [];
  for (let n = 0; n < count; n++) {
    const [a, b] = [mu[2 * n], mu[2 * n + 1]];
    if (a >= a0 && a <= a1 && b >= b0 && b <= b1 && !hidden[label[n]] && isInside(corners, a, b)) members.push(n);
  }
  return members;
}

/** @returns {{label: number, count: number, of: number}[]} each class among the members, the most frequent first */
function countsOf(members, label) {
  const [found, all] = [new Uint32Array(256), new Uint32Array(256)];
  for (const k of label) all[k] += 1;
  for (const n of members) found[label[n]] += 1;
  const classes = Array.from(found.keys()).filter((k) => found[k]);
  return classes.map((k) => ({ label: k, count: found[k], of: all[k] })).sort((p, q) => q.count - p.count);
}

/** Mean code of the members, [D]. */
function meanCode({ mu }, D, members) {
  const mean = new Array(D).fill(0);
  for (const n of members) for (let j = 0; j < D; j++) mean[j] += mu[n * D + j] / members.length;
  return mean;
}

/**
 * Keeps `state.members` to what `state.selected` holds, and the drawing by pointer and by keys: `state.tool` is what a drag
 * on the plane does, `state.draft` what is being drawn.
 */
export function createSelection(store) {
  const { state } = store;

  store.derive(["members"], ["selected", "codes", "hiddenMask", "axes", "plane", "embedding"], ({ selected, plane, hiddenMask }) => {
    const { kind, points } = projectionOf(state);
    const there = selected && points && kind === (plane ?? kind); // UMAP's plane may be on its way
    return { members: there ? membersOf(points, selected, hiddenMask) : null };
  });

  const finish = () => {
    const { tool, points } = state.draft;
    const corners = cornersOf(tool, points);
    store.set({ draft: null, tool: null, selected: corners, ...(!corners && { missed: tool }) });
  };
  return {
    begin: (place) => store.set({ draft: { tool: state.tool, points: [place] }, missed: null }),
    extend: (place) => store.set({ draft: { ...state.draft, points: [...state.draft.points, place] } }),
    finish,
    /** One step back: what is being drawn, the tool, the selection; whether there was one. */
    cancel() {
      const step = state.draft || state.tool ? { draft: null, tool: null } : state.selected && { selected: null };
      if (step || state.missed) store.set({ ...step, missed: null });
      return !!step;
    },
  };
}

const HOW = "Press the lasso or the box beside the plane and draw around points. By keys, on the plane: B, arrow keys, Enter.";
const NAMES = { lasso: "The lasso", box: "The box" };

/** What a lasso or a box holds: how many points, and how many of each class. */
export function createSelectionPanel(store) {
  const { state } = store;
  const words = h("p", { "data-testid": "selected-words", role: "status" }, HOW);
  const rows = h("tbody");
  const table = h("table.counts", { "data-testid": "selected-counts", hidden: true },
    h("thead", {}, h("tr", {}, ...["class", "selected", "of its class"].map((name) => h("th", { scope: "col" }, name)))), rows);
  const mean = button("z to their mean", toMean, { title: "Move z to the mean code of the selected points" });
  const clear = button("Clear selection", () => store.set({ selected: null, missed: null }), { class: "quiet" });
  const acts = h("div.row", { hidden: true }, mean, clear);
  const element = h("section.part", { "aria-label": "Selected points" }, h("h2", {}, "Selected"), words, table, acts);

  function toMean() {
    store.set({ z: meanCode(state.codes, state.model.latentDim, state.members), touched: true });
  }

  store.on(["selected", "missed", "codes", "hidden", "axes", "plane", "embedding", "theme", "info"], () => {
    const { members, codes, info } = state;
    const some = !!members?.length;
    setText(words, wordsOf(state));
    acts.hidden = !members;
    mean.hidden = !some;
    table.hidden = !some || info.classes.length < 2;
    if (table.hidden) return rows.replaceChildren();
    rows.replaceChildren(...countsOf(members, codes.label).map(({ label, count: n, of }) => {
      const name = h("th", { scope: "row" }, shapeOf(label, state.theme.dark), info.classes[label]);
      return h("tr", {}, name, h("td", {}, count(n)), h("td", {}, share(n / of)));
    }));
  });
  return { element };
}

const share = (part) => (part > 0 && part < 0.005 ? "< 1 %" : `${Math.round(100 * part)} %`);

function wordsOf({ members, missed, codes, hidden }) {
  if (missed) return `${NAMES[missed]} holds nothing, since it has no area: drag around some points.`;
  if (!members) return HOW;
  const shown = hidden.length ? " of the shown classes" : "";
  if (members.length) return `${count(members.length)} of ${count(codes.count)} points${shown} are selected; Escape on the plane clears.`;
  return `No point${shown ? " of the shown classes" : ""} lies inside: draw around some points, or press Escape on the plane.`;
}
