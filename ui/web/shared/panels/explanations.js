/** "Maths" and "Code" under a panel: the equation, and the lines of source that the numbers come from. */

import { h } from "../dom.js";

/** @param {string[]} names  keys of data.folds that belong to this panel */
export function createExplanations(store, names) {
  const { state } = store;
  const element = h("div.folds");
  store.on(["folds"], () => {
    const found = names.map((name) => state.folds?.[name]).filter(Boolean);
    element.replaceChildren(
      ...found.filter(({ maths }) => maths).map(({ maths }) => fold("Maths", equation(maths))),
      ...found.filter(({ code }) => code).map(({ code }) => fold("Code", h("pre", { tabindex: "0" }, h("code", {}, code)))),
    );
  });
  return element;
}

const fold = (title, content) => h("details.fold", {}, h("summary", {}, title), content);

/** MathML is ours, from the Python side; it is the only text that is read as markup. */
function equation(maths) {
  const holder = h("div.maths");
  holder.innerHTML = maths;
  return holder;
}
