/** "Find and select": what a newcomer need not see. Open when something is selected, or by a press. */

import { h } from "../../shared/dom.js";
import { createNeighbours } from "./neighbours.js";
import { createSearch } from "./search.js";
import { createSelectionPanel } from "./selection.js";

export function createFindAndSelect(store, session) {
  const { state } = store;
  const box = h("details.finder", { "data-testid": "finder", ontoggle: () => store.set({ finding: {} }) });
  const parts = [createSearch(store, session), createSelectionPanel(store), createNeighbours(store, session, () => box.open)];
  box.append(h("summary", {}, "Find and select"), ...parts.map((part) => part.element));
  store.on(["selected", "missed"], () => (state.selected || state.missed) && (box.open = true));
  store.on(["info"], () => (box.hidden = state.info?.near === undefined));
  return { element: box, stop: () => parts.forEach((part) => part.stop?.()) };
}
