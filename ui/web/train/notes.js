/** What must be said of the run: why it failed, what a collapse is, that the server is away. */

import { h } from "../shared/dom.js";

export function createNotes(store) {
  const { state } = store;
  const element = h("div.notes", { "aria-live": "polite" });
  let shown = "";

  store.on(["status", "run", "trouble", "problem"], () => {
    const status = state.run && state.records.status(state.run);
    const notes = [
      ...(state.problem ? [{ kind: "failed", title: "That was not possible.", text: state.problem }] : []),
      ...(state.trouble ? [{ kind: "trouble", title: "", text: state.trouble }] : []),
      ...(status?.notes ?? []),
    ];
    const json = JSON.stringify(notes);
    if (json === shown) return; // a screen reader hears it once
    shown = json;
    element.replaceChildren(...notes.map(({ kind, title, text }) =>
      h("div.word", { class: `word ${kind}`, "data-testid": `note-${kind}` }, title && h("strong", {}, title), " ", text)));
  });
  return { element };
}
