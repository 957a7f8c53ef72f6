/** What a step of a lesson speaks of: scrolled to, ringed, and all else dimmed until the visitor presses something. */

import { h } from "./dom.js";

const STYLE = `
  .lesson-focus { outline: 3px solid var(--accent, currentColor); outline-offset: 5px; border-radius: 8px; }
  .lesson-focus.alone { position: relative; z-index: 6; box-shadow: 0 0 0 8px var(--paper, transparent), 0 0 0 100vmax color-mix(in srgb, var(--paper, #888) 62%, transparent); }
`;
const FRAMES = 120; // in which the part has to be there
const SETTLES_MS = 4000; // in which other parts may come and push it away: then it is scrolled to again
const ACTS = ["pointerdown", "wheel", "keydown"]; // after which the visitor decides what is in view
const seen = new WeakMap(); // the component -> the step that it has shown

/**
 * @param {Element | ShadowRoot} parent  holds the component
 * @param {[string, string] | undefined} focus  a selector, and the step: the same one is shown once
 */
export function applyFocus(parent, focus) {
  const [where, step] = focus ?? ["", ""];
  if ((seen.get(parent) ?? "") === step) return;
  seen.set(parent, step);
  for (const element of parent.querySelectorAll(".lesson-focus")) element.classList.remove("lesson-focus", "alone");
  if (!where) return;
  if (!parent.querySelector("style[data-focus]")) parent.append(Object.assign(h("style", { "data-focus": "" }), { textContent: STYLE }));
  wait(FRAMES);

  function wait(frames) {
    if (seen.get(parent) !== step) return;
    const element = parent.querySelector(where);
    if (element?.getClientRects().length) show(element);
    else if (frames) requestAnimationFrame(() => wait(frames - 1));
  }

  function show(element) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.classList.add("lesson-focus");
    element.classList.toggle("alone", ["static", "relative"].includes(getComputedStyle(element).position));
    const centre = (behavior) => element.scrollIntoView({ block: "center", behavior });
    centre(calm ? "auto" : "smooth");
    addEventListener("pointerdown", () => element.classList.remove("alone"), { once: true, capture: true });
    const growth = new ResizeObserver(() => centre("auto"));
    growth.observe(parent.host ?? parent);
    for (const act of ACTS) addEventListener(act, () => growth.disconnect(), { once: true, capture: true, passive: true });
    setTimeout(() => growth.disconnect(), SETTLES_MS);
  }
}
