/**
 * "Find and select": what a newcomer need not see. Pictures are found by number or by class; open when something is
 * selected, or by a press.
 */

import { h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { nearestFew } from "../../shared/nearest.js";
import { createSelectionPanel } from "../selection.js";
import { createThumbnailRow } from "../thumbnails.js";
import { createNeighbours } from "./neighbours.js";

export function createFindAndSelect(store, session) {
  const { state } = store;
  const box = h("details.finder", { "data-testid": "finder", ontoggle: () => store.set({ finding: {} }) });
  const parts = [createSearch(store, session), createSelectionPanel(store), createNeighbours(store, session, () => box.open)];
  box.append(h("summary", {}, "Find and select"), ...parts.map((part) => part.element));
  store.on(["selected", "missed"], () => (state.selected || state.missed) && (box.open = true));
  store.on(["info"], () => (box.hidden = state.info?.near === undefined));
  return { element: box, stop: () => parts.forEach((part) => part.stop?.()) };
}

const SHOWN = 12;

/** Numbers of the classes that a text means: the one of that name, else those whose names hold it. */
function classesOf(text, names) {
  const wanted = text.trim().toLowerCase();
  const lower = names.map((name) => name.toLowerCase());
  if (lower.includes(wanted)) return [lower.indexOf(wanted)];
  return wanted ? Array.from(lower.keys()).filter((k) => lower[k].includes(wanted)) : [];
}

/** Finding pictures by number or by class; of a class the ones nearest to z come first. */
function createSearch(store, session) {
  const { state } = store;
  const names = h("datalist", { id: "class-names" });
  const field = h("input.text", { type: "text", list: "class-names", "aria-label": "Find by class or image number", "data-testid": "find", autocomplete: "off", spellcheck: "false" });
  const words = h("p", { role: "status", "data-testid": "find-words", hidden: true });
  const thumbs = createThumbnailRow(store, session, SHOWN, { "aria-label": "Pictures found", "data-testid": "found" });
  const form = h("form.row", { onsubmit: (event) => (event.preventDefault(), find(field.value.trim())) }, field, names, h("button", { type: "submit" }, "Find"));
  const element = h("section.part", { "aria-label": "Find" }, h("h2", {}, "Find"), form, words, thumbs.element);

  function say(text, found = []) {
    setText(words, text);
    words.hidden = !text;
    thumbs.show(found);
  }

  function find(text) {
    const { codes, info } = state;
    if (!codes || !text) return say("");
    if (/^\d+$/.test(text)) {
      if (Number(text) >= info.count) return say(`There are images 0 to ${count(info.count - 1)}, but no image ${text.slice(0, 12)}.`);
      say("");
      return session.chooseImage(Number(text));
    }
    const wanted = classesOf(text, info.classes);
    if (!wanted.length) return say(info.classes.length ? `No class is called ${JSON.stringify(text.slice(0, 40))}: there are ${info.classes.join(", ")}.` : "This data set has no classes: look for an image by its number.");
    const others = new Uint8Array(256).fill(1);
    for (const k of wanted) others[k] = 0;
    const found = nearestFew(codes, state.model.latentDim, state.z, SHOWN, { hidden: others });
    const all = codes.label.reduce((sum, k) => sum + (others[k] ? 0 : 1), 0);
    const which = wanted.map((k) => info.classes[k]).join(", ");
    say(`${count(all)} images of ${which}; ${found.length < all ? `these ${found.length} are nearest to z, with their distances in code.` : "all of them, nearest to z first."}`,
      found.map(({ index, square }) => ({ index, words: fixed(Math.sqrt(square)) })));
  }

  store.on(["info"], () => {
    field.placeholder = state.info.classes.length ? "class or image number" : "image number";
    names.replaceChildren(...state.info.classes.map((name) => h("option", { value: name })));
    field.value = "";
    say("");
  });
  return { element };
}
