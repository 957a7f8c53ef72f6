/**
 * What a link hides or locks in a component. Hidden is not drawn. Locked is drawn and said to be unavailable: it lies in a
 * disabled <fieldset>, which disables every button, slider and list in it, also those that are made later.
 */

import { h } from "./dom.js";

const ACTS = ["pointerdown", "keydown", "wheel", "click", "dblclick"]; // on a canvas, which no fieldset disables
const CANVAS = "[role=application], canvas";
const STYLE = `
  fieldset.held { display: contents; border: 0; margin: 0; padding: 0; min-inline-size: 0; }
  fieldset.held :is(button, select, input, label) { cursor: not-allowed; }
  fieldset.held :is([role=application], canvas) { cursor: not-allowed !important; touch-action: auto !important; }
  fieldset.held .hint { display: none; }
  fieldset.held :is(button, select, .switch, input:not([type=radio])) { opacity: 0.5; }
`;

/**
 * @param {Element | ShadowRoot} parent  holds the component
 * @param {{hidden: string[][], locked: string[][]} | undefined} held  selectors, each with its name for people
 */
export function applyLocks(parent, held) {
  const { hidden = [], locked = [] } = held ?? {};
  const json = JSON.stringify([hidden, locked]);
  let sheet = parent.querySelector("style[data-held]");
  if ((sheet?.dataset.held ?? "[[],[]]") === json) return;
  sheet ??= parent.appendChild(h("style"));
  sheet.dataset.held = json;
  sheet.textContent = STYLE + hidden.map(([where]) => `${where} { display: none !important; }`).join("\n");
  for (const box of parent.querySelectorAll("fieldset.held")) free(box);
  for (const [where, words] of locked) parent.querySelectorAll(where).forEach((element) => lock(element, words));
}

function lock(element, words) {
  const box = h("fieldset.held", { disabled: true, "aria-label": `${words}: locked for this class`, title: "Locked for this class" });
  element.replaceWith(box);
  box.append(element);
  for (const name of ACTS) box.addEventListener(name, stopOnCanvas, { capture: true });
  for (const canvas of box.querySelectorAll("[role=application]")) canvas.setAttribute("aria-disabled", "true");
}

function free(box) {
  for (const canvas of box.querySelectorAll("[role=application]")) canvas.removeAttribute("aria-disabled");
  box.replaceWith(...box.childNodes);
}

function stopOnCanvas(event) {
  if (event.key !== "Tab" && event.target.closest?.(CANVAS)) event.stopPropagation();
}
