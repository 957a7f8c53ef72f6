/** The small card at a point under the mouse: its picture and its class. */

import { h, setText } from "../../shared/dom.js";
import { createPicture } from "../../shared/picture.js";
import { projectionOf } from "../../shared/projection.js";
import { createTransform } from "../../shared/viewport.js";

export function createTooltip(store) {
  const { state } = store;
  const picture = createPicture("");
  const name = h("span");
  const element = h("div.tip", { "aria-hidden": "true", hidden: true }, picture.canvas, name);

  store.on(["hover", "blocks", "window", "busy"], () => {
    const { hover, codes, model } = state;
    element.hidden = !(hover >= 0) || !!state.busy || !codes;
    if (element.hidden) return;
    const t = createTransform(state.window, state.size);
    const { mu } = projectionOf(state).points;
    const [x, y] = [t.x(mu[2 * hover]), t.y(mu[2 * hover + 1])];
    element.style.transform = `translate(${Math.min(t.size - 92, Math.max(4, x - 44))}px, ${y > 140 ? y - 136 : y + 16}px)`;
    setText(name, imageName(state, hover));
    const bytes = state.images.get(hover);
    if (bytes) picture.show(bytes, model.imageShape);
    else picture.clear();
  });
  return { element };
}

/** "Sneaker", or "test image 17" where there are no classes. */
export const imageName = ({ codes, info }, index) => info.classes[codes?.label[index]] ?? `${info.split} image ${index}`;
