/**
 * Bars at the right end of Streamlit's header. They lie outside of Streamlit's elements, so that reruns and changes of
 * page leave them as they are. The list of pages ends where they begin.
 */

import { h } from "./dom.js";

const EDGE = 16; // pixels from the window to the first bar
const GAP = 6; // between two bars
const AIR = 4; // between the bars and what Streamlit shows in its header
const THEME = ["text-color", "background-color", "primary-color", "font", "heading-font", "heading-color", "code-font"];

const bars = []; // of the page, by their order from the right
const space = h("style");

/** Give a host outside of Streamlit's elements the theme that a component has. */
export function copyTheme(parentElement, host) {
  const style = getComputedStyle(parentElement.host ?? parentElement);
  for (const name of THEME) host.style.setProperty(`--st-${name}`, style.getPropertyValue(`--st-${name}`));
}

/**
 * Keep room for a bar, which is fixed to the window, whatever width it takes.
 * @param {HTMLElement} bar
 * @param {number} order  0 is at the right end
 */
export function placeInHeader(bar, order) {
  bars.push({ bar, order });
  bars.sort((a, b) => a.order - b.order);
  document.head.append(space);
  new ResizeObserver(arrange).observe(bar);
}

function arrange() {
  let right = EDGE;
  for (const { bar } of bars) {
    bar.style.right = `${right}px`;
    if (bar.offsetWidth) right += Math.ceil(bar.offsetWidth) + GAP;
  }
  space.textContent = `[data-testid="stToolbar"] { padding-right: ${right - GAP + AIR}px; }`;
}
