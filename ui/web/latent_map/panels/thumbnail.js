/** A small test picture with its name that is chosen by a press. */

import { h, setText } from "../../shared/dom.js";
import { createPicture } from "../../shared/picture.js";
import { arrivedImage } from "../arrived_images.js";
import { imageName } from "./tooltip.js";

/** @returns {{element: HTMLElement, show: (index: number, words: string) => void, hide: () => void}} */
function createThumb(store, session, { onClass = true } = {}) {
  const { state } = store;
  const picture = createPicture("");
  const words = h("span");
  const element = h("button.thumb", { type: "button", hidden: true, onclick: () => session.chooseImage(index) }, picture.canvas, words);
  for (const name of ["role", "aria-label"]) picture.canvas.removeAttribute(name);
  let index = -1;

  function paint() {
    const bytes = state.busy ? arrivedImage(state, index) : state.images.get(index); // asked for when nothing is dragged
    if (bytes) picture.show(bytes, state.info.image_shape);
    else picture.clear();
  }

  function show(next, text) {
    index = next;
    element.hidden = false;
    element.dataset.index = index;
    const name = imageName(state, index);
    setText(words, text || String(index));
    const label = `Choose ${name}${onClass && state.info.classes.length ? `, ${state.info.split} image ${index}` : ""}${text ? `: ${text}` : ""}`;
    element.setAttribute("aria-label", label);
    element.title = label;
    paint();
  }

  store.on(["blocks"], () => !element.hidden && index < state.info.count && paint());
  return { element, show, hide: () => (element.hidden = true) };
}

/** A row of at most `most` thumbs. */
export function createThumbnailRow(store, session, most, props = {}) {
  const thumbs = Array.from({ length: most }, () => createThumb(store, session));
  const element = h("div.thumbs", { role: "group", ...props }, ...thumbs.map((thumb) => thumb.element));
  /** @param {{index: number, words: string}[]} found */
  const show = (found) => thumbs.forEach((thumb, k) => (found[k] ? thumb.show(found[k].index, found[k].words) : thumb.hide()));
  return { element, show };
}
