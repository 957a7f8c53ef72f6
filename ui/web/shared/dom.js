/** Making elements without ever parsing a string as HTML: children are nodes or text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag  name with optional classes: "button.chip.on"
 * @param {Object<string, any>} [props]  `on…` are listeners, `data-…`, `aria-…` and the like attributes
 * @param {...(Node | string | null | false)} children  empty ones are left out
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== false && child !== undefined));
  return element;
}

/** A button whose label is also its accessible name, unless `title` says more. */
export function button(label, onclick, props = {}) {
  return h("button", { type: "button", onclick, ...props }, label);
}

/** An icon button: SVG path data in a 20 × 20 box; `label` is its accessible name and its tooltip. */
export function iconButton(path, label, onclick, props = {}) {
  return button(drawing("0 0 20 20", path), onclick, { "aria-label": label, title: label, class: "icon", ...props });
}

/** An SVG of paths in a box "x y width height"; CSS says how they are painted. */
export function drawing(viewBox, ...paths) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("aria-hidden", "true");
  for (const path of paths) {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("d", path);
    svg.append(line);
  }
  return svg;
}

/** A labelled select. `options` is a list of [value, text]. */
export function select(label, options, onchange, props = {}) {
  const list = h("select", { onchange: (event) => onchange(event.target.value), ...props });
  list.append(...options.map(([value, text]) => h("option", { value }, text)));
  return { element: h("label.select", {}, h("span", {}, label), list), list };
}

/** Give a `select` other options, [value, text] each. */
export function fillOptions({ list }, options) {
  list.replaceChildren(...options.map(([value, text]) => h("option", { value }, text)));
}

/** Set text only where it changed: the DOM then has nothing to lay out. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Run `action` `wait` ms after the last call. The function returned has `cancel()`. */
export function debounce(action, wait) {
  let timer = 0;
  const later = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), wait);
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Run `action` now if it has rested for `wait` ms, otherwise once as soon as it has. The function returned has `cancel()`. */
export function throttle(action, wait) {
  let timer = 0;
  let last = -Infinity;
  const run = () => {
    timer = 0;
    last = performance.now();
    action();
  };
  const soon = () => {
    const rest = last + wait - performance.now();
    if (rest <= 0) run();
    else timer ||= setTimeout(run, rest);
  };
  soon.cancel = () => clearTimeout(timer);
  return soon;
}

/** Offer a Blob as a file. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
