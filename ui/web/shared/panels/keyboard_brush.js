/** Drawing by the keyboard: a cell that the arrow keys move over the picture, and that space paints. */

import { ARROWS_DOWN } from "../arrow_keys.js";
import { h, setText } from "../dom.js";

/**
 * @param {HTMLCanvasElement} canvas  which has the focus
 * @param {() => {shape: number[], line: (from: number[], to: number[]) => void} | null} begin  a new stroke
 * @returns {{elements: HTMLElement[]}} the cell, to lie over the canvas, and what a screen reader hears
 */
export function createKeyboardBrush(canvas, store, begin) {
  const { state } = store;
  const cell = h("div.cell", { "aria-hidden": "true", "data-testid": "cell" });
  const live = h("span.unseen", { "aria-live": "polite" });
  let at = [0, 0]; // column and row

  const middle = ([column, row]) => [column + 0.5, row + 0.5]; // of the cell, in pixels of the picture

  function show() {
    const [, H, W] = state.info.image_shape;
    cell.style.width = `${100 / W}%`;
    cell.style.height = `${100 / H}%`;
    cell.style.left = `${(100 * at[0]) / W}%`;
    cell.style.top = `${(100 * at[1]) / H}%`;
  }

  function moved([right, down]) {
    const [, H, W] = state.info.image_shape;
    const within = (v, end) => Math.min(end - 1, Math.max(0, v));
    return [within(at[0] + right, W), within(at[1] + down, H)];
  }

  canvas.addEventListener("keydown", (event) => {
    const arrow = ARROWS_DOWN[event.key];
    if (!state.info || event.ctrlKey || event.metaKey || event.altKey || !(arrow || event.key === " ")) return;
    const to = arrow ? moved(arrow) : at;
    if (!arrow || event.shiftKey) begin()?.line(middle(at), middle(to));
    at = to;
    show();
    setText(live, `Column ${at[0] + 1}, row ${at[1] + 1}.`);
    event.preventDefault();
    event.stopPropagation(); // the page has shortcuts of its own
  });
  store.on(["info"], () => {
    const [, H, W] = state.info.image_shape;
    at = [W >> 1, H >> 1];
    show();
  });
  return { elements: [cell, live] };
}
