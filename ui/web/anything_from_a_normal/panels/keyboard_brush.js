/** Drawing a density by the keyboard: a mark that the arrow keys move over the plane, and that space paints at. */

import { ARROWS_DOWN } from "../../shared/arrow_keys.js";
import { h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";

const STEP = 1 / 48; // of the plane's side
const EDGE = 0.02;

/**
 * @param {{active: () => boolean, begin: (place: Object) => {move: (place: Object) => void}}} easel
 * @param {(across: number, down: number) => Object} placeAt  of shares of the plane's side, as `begin` takes places
 * @returns {{elements: HTMLElement[], press: (event: KeyboardEvent) => boolean}} `press` says whether the key was meant for it
 */
export function createKeyboardBrush(store, easel, placeAt) {
  const { state } = store;
  const mark = h("span.draw-at", { "aria-hidden": "true", hidden: true, "data-testid": "draw-at" });
  const live = h("span.unseen", { "aria-live": "polite" });
  let at = [0.5, 0.5];

  function show() {
    mark.hidden = !easel.active();
    Object.assign(mark.style, { left: `${100 * at[0]}%`, top: `${100 * at[1]}%` });
  }

  function press({ key, shiftKey }) {
    const arrow = ARROWS_DOWN[key];
    if (!easel.active() || !(arrow || key === " ")) return false;
    const from = placeAt(...at);
    if (arrow) at = at.map((share, k) => Math.min(1 - EDGE, Math.max(EDGE, share + arrow[k] * STEP)));
    const to = placeAt(...at);
    if (!arrow || shiftKey) {
      const stroke = easel.begin(from);
      stroke.move(from);
      stroke.move(to);
    }
    show();
    const height = state.dims === 1 ? `, height ${Math.round(100 * Math.min(1, to.height))} %` : "";
    setText(live, `x at ${to.point.map((value) => fixed(value)).join(", ")}${height}.`);
    return true;
  }

  store.on(["map", "tool"], show);
  return { elements: [mark, live], press };
}
