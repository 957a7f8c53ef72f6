/** On UMAP's plane: the real codes that z lies between, since the plane itself has no codes. */

import { h, setText } from "../../shared/dom.js";
import { projectionOf } from "../../shared/projection.js";
import { createThumbnailRow } from "./thumbnail.js";

const WORDS = "An approximation: a place on UMAP's plane is no code. The picture is decoded from a mean of the codes of these test images, weighted by how near they lie on the plane.";
const ELSEWHERE = "z was not put on this plane, so its mark lies between the places of the codes nearest to z, and the picture is that of z itself.";

export function createUmapNeighbours(store, session) {
  const { state } = store;
  const words = h("p.note", { "data-testid": "between-words" });
  const thumbs = createThumbnailRow(store, session, 4, { "aria-label": "Nearest codes on the plane", "data-testid": "between" });
  const element = h("div.between", { hidden: true }, words, thumbs.element);
  store.on(["z", "plane", "embedding", "codes", "busy"], () => {
    element.hidden = !state.z || projectionOf(state).kind !== "umap";
    if (element.hidden) return;
    const from = state.spot?.z === state.z ? state.spot.from : [];
    setText(words, from.length ? WORDS : ELSEWHERE);
    thumbs.show(from.map(({ index, weight }) => ({ index, words: `${Math.round(100 * weight)} %` })));
  });
  return { element };
}
