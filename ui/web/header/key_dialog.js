/** The list of keys: a button in the header and the key "?" open it. */

import { button, h } from "../shared/dom.js";
import { readBindings } from "../shared/key_bindings.js";

const WRITES = "input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]";
const TITLE = "Keys of this page";
const EVERYWHERE = {
  title: "Everywhere",
  bindings: [
    { shown: "Tab", words: "Go to the next control; with Shift to the one before" },
    { shown: "Enter or Space", words: "Press a button" },
    { shown: "← →", words: "Move a slider" },
    { shown: "Esc", words: "Close what is open" },
    { shown: "?", words: "Show this list" },
  ],
};

export function createKeyDialog() {
  const list = h("div.key-groups");
  const close = button("Close", () => dialog.close());
  const head = h("div.row.keys-head", {}, h("h2", { id: "keys-title" }, TITLE), close);
  const dialog = h("dialog.keys", { "aria-labelledby": "keys-title", "data-testid": "keys" }, head, list);
  const named = { "aria-label": TITLE, title: TITLE, "data-testid": "keys-button" };
  const opener = button("?", open, { class: "icon keys-button", ...named });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
  addEventListener("keydown", press);

  function press(event) {
    const [target] = event.composedPath();
    if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.matches?.(WRITES) || "presenting" in document.documentElement.dataset) return; // that lists its own keys
    event.preventDefault();
    open();
  }

  function open() {
    list.replaceChildren(...[...readBindings(), EVERYWHERE].map(describe));
    dialog.showModal();
  }
  return { button: opener, dialog };
}

function describe({ title, bindings }) {
  const rows = bindings.map(({ shown, words }) => h("div", {}, h("dt", {}, h("kbd", {}, shown)), h("dd", {}, words)));
  return h("section", {}, h("h3", {}, title), h("dl", {}, ...rows));
}
