/**
 * What is done with the stops: paths between them, one dimension at a time, a grid of four, a direction that is added.
 */

import { h, setText } from "../shared/dom.js";

const TASKS = {
  between: ["Between pictures", "Three ways lead from stop to stop; on the map you can draw one of your own. Look at the middle: is each frame one whole garment or face, or a fade of two? Is it a copy of a real one?"],
  dimensions: ["One dimension at a time", "Each row changes one number of the chosen stop's code and holds the rest. Rows are ordered by rate: those at the top carry most, and a dimension that carries nothing is left out."],
  grid: ["Grid of four", "Stops A, B, C and D are the corners; what lies between is mixed from all four. On the left straight, on the right by turns around the origin, which keep the norm."],
  add: ["Add a difference", "Take the mean code of one group minus that of another, and add it to the chosen stop: what is typical of the group should appear, and the rest of the picture stay."],
  factors: ["Known factors", "These pictures were drawn from known factors. Does a single number of z stand for each? Scores say how far, the matrix says which; a cell that is picked shows what its dimension does."],
};
const TASK_NAMES = Object.keys(TASKS);

export function createTasks(store) {
  const { state } = store;
  const inputs = TASK_NAMES.map((task) => {
    const input = h("input", { type: "radio", name: "task", value: task, onchange: () => store.set({ task, playing: false }), "data-testid": `do-${task}` });
    return { task, input, element: h("label", {}, input, h("span", {}, TASKS[task][0])) };
  });
  const words = h("p.caption.task-words");
  store.on(["task", "info"], () => {
    if (!state.task) return;
    for (const { task, input, element } of inputs) {
      input.checked = task === state.task;
      element.hidden = task === "factors" && state.task !== "factors" && !state.info?.factors.length;
    }
    setText(words, TASKS[state.task][1]);
  });
  const element = h("section.tasks", { "aria-label": "What to do" },
    h("div.switch.wrap", { role: "radiogroup", "aria-label": "What to do with the stops" }, ...inputs.map((each) => each.element)), words);
  return { element };
}

/** Show each part only where one of its tasks is done. `parts` is a list of [elements, ...tasks]. */
export function showByTask(store, root, parts) {
  store.on(["task"], () => {
    root.dataset.task = store.state.task;
    for (const [elements, ...tasks] of parts) for (const element of elements) element.classList.toggle("off", !tasks.includes(store.state.task));
  });
}
