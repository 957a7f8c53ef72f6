/** Previous, next, random, and one of a class. The choices follow a fixed sequence; the link holds the image. */

import { createRandom } from "../../engine/random.js";
import { button, h, iconButton, select } from "../dom.js";

const BACK = "M12 5l-5 5 5 5";
const ON = "M8 5l5 5-5 5";

/** @param {() => Uint8Array | undefined} labels  the class of each image, once it is known */
export function createImagePicker(store, session, labels) {
  const { state } = store;
  const random = createRandom(1);
  const step = (by) => session.chooseImage(((state.x ?? (by > 0 ? -1 : 0)) + by + state.info.count) % state.info.count);
  const any = () => session.chooseImage(Math.floor(random.uniform() * state.info.count));
  const kinds = select("Class", [], () => oneOf());
  const one = button("One of this class", () => oneOf());
  const classes = h("div.row.kinds", {}, kinds.element, one);

  function oneOf() {
    const wanted = Number(kinds.list.value);
    const found = [];
    labels()?.forEach((label, n) => label === wanted && found.push(n));
    if (found.length) session.chooseImage(found[Math.floor(random.uniform() * found.length)]);
  }

  store.on(["info"], () => {
    classes.hidden = state.info.classes.length === 0;
    kinds.list.replaceChildren(...state.info.classes.map((name, k) => h("option", { value: k }, name)));
  });
  store.on(["x"], () => {
    const label = labels();
    if (state.x !== null && label) kinds.list.value = label[state.x];
  });
  return h("div.row.picker", {},
    iconButton(BACK, "Previous image", () => step(-1)),
    iconButton(ON, "Next image", () => step(1)),
    button("Random", any, { "aria-label": "Choose a random image" }),
    classes);
}
