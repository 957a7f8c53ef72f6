/** What is copied as text: a figure with its name and error, and a table whose cells are parted by tabs. */

import { copyText } from "./clipboard.js";
import { h, setText } from "./dom.js";

const SAID_MS = 1600;

/** A quiet button that copies what `textOf` gives, and says so for a moment. */
export function createCopyButton(label, name, textOf) {
  const words = h("span", { "aria-live": "polite" }, label);
  const props = { type: "button", "aria-label": name, title: name, onclick: () => say(words, label, textOf()) };
  return h("button.quiet", props, words);
}

/**
 * A figure that a press copies with its name, its error and its unit.
 * @param {string} name
 * @param {HTMLElement} value
 * @param {string} unit
 * @param {HTMLElement} error  as "± 0.03", or in words, which are not copied
 */
export function createCopyableFigure(name, value, unit, error) {
  const said = h("span.unit", { "aria-live": "polite" });
  const textOf = () => {
    const known = error.textContent.startsWith("±") ? ` ${error.textContent}` : "";
    return `${name} = ${value.textContent}${known} ${unit}`;
  };
  const title = `Copy ${name} with its error`;
  const props = { type: "button", title, onclick: () => say(said, "", textOf()) };
  return h("button.copyable", props, value, h("span.unit", {}, ` ${unit}`), error, said);
}

async function say(element, before, text) {
  const done = await copyText(text);
  setText(element, done ? " Copied" : " Not copied: the browser does not allow it");
  setTimeout(() => setText(element, before), SAID_MS);
}

/** The rows of a table that are shown, cells parted by tabs, without the explanations of terms. */
export function tableText(table) {
  const tidy = (cell) => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll("[role=tooltip]").forEach((note) => note.remove());
    return Array.from(copy.childNodes, (part) => part.textContent.trim()).filter(Boolean).join(" ").replace(/\s+/g, " ");
  };
  const shown = (parts) => Array.from(parts).filter((part) => !part.hidden);
  return shown(table.rows).map((row) => shown(row.cells).map(tidy).join("\t")).join("\n");
}
