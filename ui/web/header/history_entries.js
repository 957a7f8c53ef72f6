/**
 * One entry of the browser's history for each action of the visitor. The app comes to a page by its bare address and then
 * writes the link of what it shows, the model and x of the page before: what follows without another action takes the
 * place of the entry before, so that Back leads to what was seen.
 */

const ACTS = ["pointerdown", "keydown", "wheel", "input"];

export function joinEntries() {
  const push = history.pushState.bind(history);
  let acted = false; // since the last entry
  for (const name of ACTS) addEventListener(name, () => (acted = true), { capture: true, passive: true });
  addEventListener("popstate", () => (acted = false));
  history.pushState = (...entry) => {
    if (acted) push(...entry);
    else history.replaceState(...entry);
    acted = false;
  };
}
