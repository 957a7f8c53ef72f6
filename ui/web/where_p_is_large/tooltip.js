/** The small card at z while it is dragged: its picture, log p(x|z) and log p(z). */

import { h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { createPicture } from "../shared/picture.js";
import { createTransform } from "../shared/viewport.js";

export function createTooltip(store) {
  const { state } = store;
  const picture = createPicture("");
  const [likelihood, prior] = [h("strong"), h("span")];
  const element = h("div.tip.at-z", { "aria-hidden": "true", hidden: true }, picture.canvas, likelihood, prior);

  store.on(["here", "busy", "window", "size"], () => {
    const { here, busy, window, size, model } = state;
    element.hidden = !(busy && state.dragged && here && window && size);
    if (element.hidden) return;
    const t = createTransform(window, size);
    const [x, y] = [t.x(here.z[0]), t.y(here.z[1])];
    element.style.transform = `translate(${Math.min(t.size - 132, Math.max(4, x - 64))}px, ${y > 190 ? y - 186 : y + 34}px)`;
    picture.show(here.mean, model.imageShape);
    setText(likelihood, Number.isFinite(here.logPx) ? `log p(x|z) ${fixed(here.logPx)}` : "");
    setText(prior, `log p(z) ${fixed(here.logPrior)}`);
  });
  return { element };
}
