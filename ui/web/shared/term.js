/** A term of the field with its explanation, one sentence that a press or a stay of the pointer shows. */

import { h, setText } from "./dom.js";

const WIDTH = 280; // pixels, as in base.css
let made = 0;

/**
 * @param {import("./store.js").Store} store  `state.glossary` has the sentences, by key (ui/glossary.py)
 * @param {string} key
 * @param {string} word  as it stands here
 */
export function createTerm(store, key, word) {
  const id = `term-${key}-${(made += 1)}`;
  const note = h("span.term-note", { id, role: "tooltip", popover: "auto" });
  const button = h("button.term", { type: "button", "aria-describedby": id, onclick: () => open() }, word);
  button.addEventListener("pointerenter", ({ pointerType }) => pointerType === "mouse" && open());
  button.addEventListener("pointerleave", () => note.hidePopover?.());
  note.addEventListener("beforetoggle", ({ newState }) => newState === "open" && place());

  function open() {
    if (!note.matches(":popover-open")) note.showPopover?.();
  }

  function place() {
    const box = button.getBoundingClientRect();
    const left = Math.min(innerWidth - WIDTH - 12, Math.max(12, box.left));
    Object.assign(note.style, { left: `${left}px`, top: `${box.bottom + 6}px` });
  }

  store.on(["glossary"], () => {
    setText(note, store.state.glossary?.[key]?.sentence ?? "");
    button.disabled = !note.textContent; // on a page that has no glossary the term is plain text
  });
  return h("span", {}, button, note);
}
