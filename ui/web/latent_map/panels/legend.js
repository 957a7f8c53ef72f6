/** The classes: each a colour and a shape; a press hides or shows it, and under the pointer or the focus the others fade. */

import { button, h, setText } from "../../shared/dom.js";
import { mark } from "../../shared/palette.js";

const SVG = "http://www.w3.org/2000/svg";

export function createLegend(store) {
  const { state } = store;
  const list = h("div.chips");
  const all = button("Hide all", () => store.set({ hidden: state.hidden.length ? [] : state.info.classes.map((_, k) => k) }), { class: "quiet" });
  const element = h("div.legend", { role: "group", "aria-label": "Classes", hidden: true }, list, all);

  function toggle(k) {
    const { hidden } = state;
    store.set({ hidden: hidden.includes(k) ? hidden.filter((other) => other !== k) : [...hidden, k].sort((a, b) => a - b) });
  }

  function peek(k) {
    const on = () => store.set({ peeked: k });
    const off = () => store.set({ peeked: -1 });
    return { onpointerenter: ({ pointerType }) => pointerType === "mouse" && on(), onpointerleave: off, onfocus: ({ target }) => target.matches(":focus-visible") && on(), onblur: off };
  }

  store.on(["info", "theme"], () => {
    if (!state.info) return;
    const { classes } = state.info;
    element.hidden = classes.length < 2;
    store.set({ peeked: -1 }); // a chip that is taken away says nothing more
    list.replaceChildren(...classes.map((name, k) => button(name, () => toggle(k), { class: "chip", ...peek(k) })));
    [...list.children].forEach((chip, k) => chip.prepend(shapeOf(k, state.theme.dark)));
  });
  store.on(["info", "theme", "hidden"], () => {
    [...list.children].forEach((chip, k) => chip.setAttribute("aria-pressed", String(!state.hidden.includes(k))));
    setText(all, state.hidden.length ? "Show all" : "Hide all");
  });
  return { element };
}

/** The mark of class k as an SVG. */
export function shapeOf(k, dark) {
  const { colour, shape } = mark(k, dark);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shape);
  path.setAttribute("fill", colour);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}
