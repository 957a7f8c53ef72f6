/** The view of the latent map: what of it follows from the rest, and the form in which the state holds it. */

import { equal, readView as read, round, writeView as write } from "../shared/view.js";

const OWN = {
  z: { write: ({ z, q }) => (!z || (q && equal(z, Array.from(q.mu))) ? null : z.map(round)) }, // null: at the mean of q
  plane: { read: (plane, { umap }) => (plane === "umap" && !umap ? null : plane) },
  spot: { write: ({ plane, z, spot, wantedSpot }) => (plane !== "umap" ? null : spot?.z === z ? spot.at.map(round) : (wantedSpot ?? null)) },
  axes: {
    read: (axes) => (axes[0] === axes[1] ? null : axes),
    standard: mostInformative,
    write: ({ axes, info }) => (equal(axes, mostInformative(info)) ? null : axes),
  },
  selected: {
    read: (flat) => Array.from({ length: flat.length / 2 }, (_, k) => [flat[2 * k], flat[2 * k + 1]]),
    write: ({ selected }) => selected && selected.flat(),
  },
  window: { write: ({ window, home }) => (!window || equal(window, [0, 0, home]) ? null : window.map(round)) }, // null: all codes
};

export const readView = (raw, info) => read(raw, info, OWN);
export const writeView = (state) => write(state, OWN);

/** The two dimensions that carry most, in that order; of two dimensions, the first across. */
function mostInformative({ latent_dim: d, rate_per_dimension: rates = [] }) {
  const order = Array.from({ length: d }, (_, j) => j);
  if (d > 2) order.sort((i, j) => (rates[j] ?? 0) - (rates[i] ?? 0));
  return [order[0], order[Math.min(1, d - 1)]];
}
