/** What counts as an act of the visitor's own on the page: it lets go of the teacher. Reading and scrolling do not. */

const TOOLS = "button, input, select, textarea, a[href], canvas, [role=application], [role=slider], [role=option], [role=combobox], [contenteditable]";
const READING = "summary, [data-testid=stMainMenu]";
const MOVING = ["Tab", "Shift", "Control", "Alt", "Meta", "Escape", "PageUp", "PageDown"];

/**
 * @param {Element} own  the room's own controls, which do not count
 * @param {() => void} acted
 */
export function listenForActions(own, acted) {
  const elements = (event) => event.composedPath().filter((element) => element instanceof Element);
  const counts = (event) => {
    const path = elements(event);
    return event.isTrusted && !path.includes(own) && !path.some((element) => element.matches(READING)) && path.some((element) => element.matches(TOOLS));
  };
  // A finger that touches a control may be about to scroll: it counts once it is a click, or where it cannot scroll.
  const presses = (event) => event.pointerType !== "touch" || getComputedStyle(elements(event)[0]).touchAction === "none";
  const listen = (name, test) => addEventListener(name, (event) => test(event) && counts(event) && acted(), { capture: true, passive: true });
  listen("pointerdown", presses);
  listen("click", () => true);
  listen("input", () => true);
  listen("keydown", ({ key }) => !MOVING.includes(key));
}
