/** Many points at once: the corners of what has been drawn around them, what lies inside, and how much of each class. */

import { MOST_CORNERS, bounds, box, isInside, thinCorners } from "../shared/polygon.js";
import { projectionOf } from "../shared/projection.js";

const round = (value) => Math.round(value * 1e4) / 1e4 + 0; // as the link holds it

/**
 * @param {"lasso" | "box"} tool
 * @param {number[][]} points  on the plane, as they were drawn; of a box the first and the last count
 * @returns {number[][] | null} corners; null for what holds no area
 */
export function cornersOf(tool, points) {
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
export function countsOf(members, label) {
  const [found, all] = [new Uint32Array(256), new Uint32Array(256)];
  for (const k of label) all[k] += 1;
  for (const n of members) found[label[n]] += 1;
  const classes = Array.from(found.keys()).filter((k) => found[k]);
  return classes.map((k) => ({ label: k, count: found[k], of: all[k] })).sort((p, q) => q.count - p.count);
}

/** Mean code of the members, [D]. */
export function meanCode({ mu }, D, members) {
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
