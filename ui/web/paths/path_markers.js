/** Where each path is at the current frame, on the map: small elements that are moved, so that a new frame paints no canvas. */

import { h } from "../shared/dom.js";
import { createTransform } from "../shared/viewport.js";
import { KINDS } from "./interpolation.js";
import { colourOf } from "./path_style.js";

export function createPathMarkers(store) {
  const { state } = store;
  const marks = KINDS.map((kind) => ({ kind, element: h("div.mark", { hidden: true, "data-testid": `mark-${kind}` }), shown: "" }));

  store.on(["ways", "frame", "window", "size", "projection", "task"], () => {
    const t = state.window && state.size && createTransform(state.window, state.size);
    for (const mark of marks) {
      const z = t && state.task === "between" && state.ways?.[mark.kind]?.frames?.z[state.frame];
      mark.element.hidden = !z;
      if (!z) continue;
      const [a, b] = state.projection.place(z);
      const shown = `translate(${t.x(a).toFixed(2)}px, ${t.y(b).toFixed(2)}px)`;
      if (shown !== mark.shown) mark.element.style.transform = mark.shown = shown;
    }
  });
  store.on(["theme"], () => marks.forEach(({ kind, element }) => element.style.setProperty("--key", colourOf(kind, state.theme))));
  return { elements: marks.map(({ element }) => element) };
}
