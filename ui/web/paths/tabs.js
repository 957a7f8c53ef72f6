/**
 * The tabs of the page: paths between stops, one dimension at a time, a grid of four, a difference that is added, known
 * factors.
 */

import { h, setText } from "../shared/dom.js";

const TABS = {
  between: ["Between pictures", "Press Play and compare three paths between the pictures, or draw your own on the map. Is each frame one whole picture, or a fade of two?"],
  dimensions: ["One dimension at a time", "Each row changes one number of the chosen stop's code and keeps the others. The dimensions that carry most come first."],
  grid: ["Grid of four", "Stops A, B, C and D are the corners; each picture between them is a mixture of all four."],
  add: ["Add a difference", "Add to the chosen stop the difference between the mean codes of two groups. The picture should then show what is typical of the first group, and keep everything else."],
  factors: ["Known factors", "These pictures were drawn from known factors. Is there one number of z for each factor? The scores say how nearly this is so. Click a cell of the matrix to see what its dimension does."],
};
const TAB_NAMES = Object.keys(TABS);

export function createTabs(store) {
  const { state } = store;
  const inputs = TAB_NAMES.map((tab) => {
    const input = h("input", { type: "radio", name: "tab", value: tab, onchange: () => store.set({ tab, playing: false }), "data-testid": `do-${tab}` });
    return { tab, input, element: h("label", {}, input, h("span", {}, TABS[tab][0])) };
  });
  const words = h("p.lead", { "data-testid": "lead" });
  store.on(["tab", "info"], () => {
    if (!state.tab) return;
    for (const { tab, input, element } of inputs) {
      input.checked = tab === state.tab;
      element.hidden = tab === "factors" && state.tab !== "factors" && !state.info?.factors.length;
    }
    setText(words, TABS[state.tab][1]);
  });
  const element = h("section.tabs", { "aria-label": "What to do" },
    h("div.switch.wrap", { role: "radiogroup", "aria-label": "What to do with the stops" }, ...inputs.map((each) => each.element)), words);
  return { element };
}

/** Show each part only in its tabs. `parts` is a list of [elements, ...tabs]. */
export function showByTab(store, root, parts) {
  store.on(["tab"], () => {
    root.dataset.tab = store.state.tab;
    for (const [elements, ...tabs] of parts) for (const element of elements) element.classList.toggle("off", !tabs.includes(store.state.tab));
  });
}
