/** What a lasso or a box holds: how many points, and how many of each class. */

import { button, h, setText } from "../../shared/dom.js";
import { count } from "../../shared/format.js";
import { countsOf, meanCode } from "../selection.js";
import { shapeOf } from "./legend.js";

const HOW = "Press the lasso or the box beside the plane and draw around points. By keys, on the plane: B, arrow keys, Enter.";
const NAMES = { lasso: "The lasso", box: "The box" };

export function createSelectionPanel(store) {
  const { state } = store;
  const words = h("p", { "data-testid": "selected-words", role: "status" }, HOW);
  const rows = h("tbody");
  const table = h("table.counts", { "data-testid": "selected-counts", hidden: true },
    h("thead", {}, h("tr", {}, ...["class", "selected", "of its class"].map((name) => h("th", { scope: "col" }, name)))), rows);
  const mean = button("z to their mean", toMean, { title: "Move z to the mean code of the selected points" });
  const clear = button("Clear selection", () => store.set({ selected: null, missed: null }), { class: "quiet" });
  const acts = h("div.row", { hidden: true }, mean, clear);
  const element = h("section.part", { "aria-label": "Selected points" }, h("h3", {}, "Selected"), words, table, acts);

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
