/**
 * Filmstrips: pictures in a row or a grid on one canvas; and one strip for each path, every frame where there is room, else
 * every second, third, ...; a click goes to that frame.
 */

import { button, h, setText } from "../shared/dom.js";
import { toRgba } from "../shared/picture.js";
import { KINDS, NAMES, colourOf, kindsOf } from "./path_kinds.js";

const LEAST = 34; // pixels that a picture is wide

/** One filmstrip for each path. */
export function createFilmstrips(store) {
  const { state } = store;
  const strips = Object.fromEntries(KINDS.map((kind) => [kind, createStrip(store, kind)]));
  const element = h("section.strips", { "aria-label": "Filmstrips", hidden: true }, ...KINDS.map((kind) => strips[kind].element));
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ stripWidth: Math.floor(contentRect.width) }));
  observer.observe(element);

  store.on(["paths", "stripWidth", "theme"], () => {
    element.hidden = !state.paths;
    if (!state.paths || !state.stripWidth || !state.theme) return;
    const every = Math.ceil(state.frames / Math.max(2, Math.floor(state.stripWidth / LEAST)));
    const kinds = kindsOf(state);
    for (const kind of KINDS) {
      strips[kind].element.hidden = !kinds.includes(kind);
      if (kinds.includes(kind)) strips[kind].paint(state.paths[kind], every);
    }
  });
  store.on(["frame", "paths", "stripWidth"], () => {
    for (const kind of KINDS) strips[kind].point();
  });
  return { element, stop: () => observer.disconnect() };
}

function createStrip(store, kind) {
  const { state } = store;
  const canvas = h("canvas.pixels.film", { role: "img", "data-testid": `strip-${kind}` });
  const mark = h("div.now", { "aria-hidden": "true" });
  const holder = h("div.film-holder", { onclick: go, hidden: true }, canvas, mark);
  const note = h("span.soft");
  const name = h("strong", {}, NAMES[kind]);
  const again = button("Try again", () => store.set({ retry: {} }), { class: "quiet", hidden: true, "data-testid": `again-${kind}` });
  let shown = []; // the frames that are in the strip
  let painted = null; // what of
  let marked = -1; // the picture that the mark is on

  function paint(way, every) {
    name.style.color = colourOf(kind, state.theme);
    const found = way.frames;
    holder.hidden = !found;
    again.hidden = kind !== "geodesic" || !way.problem;
    setText(note, noteOf(kind, way, every));
    if (painted?.found === found && painted?.every === every) return;
    painted = { found, every };
    shown = [];
    if (!found) return;
    shown = found.pictures.map((_, k) => k).filter((k) => k % every === 0);
    mark.style.width = `${100 / shown.length}%`;
    paintGrid(canvas, shown.length, shown.length, (n) => found.pictures[shown[n]], state.info.image_shape);
    canvas.setAttribute("aria-label", `${NAMES[kind]}: ${shown.length} of ${found.pictures.length} frames`);
  }

  function point() {
    if (!shown.length) return;
    const place = Math.floor(state.frame / (shown[1] - shown[0]));
    if (place !== marked) mark.style.transform = `translateX(${100 * place}%)`; // an element of its own: no strip is painted
    marked = place;
  }

  function go(event) {
    const box = canvas.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * shown.length);
    store.set({ frame: shown[Math.min(shown.length - 1, Math.max(0, place))], playing: false });
  }

  return { element: h("div.strip-of-way", {}, h("div.strip-name", {}, name, note, again), holder), paint, point };
}

function noteOf(kind, { frames, problem, waiting, converged }, every) {
  if (problem || waiting) return problem ?? waiting;
  const part = every > 1 ? `every ${every === 2 ? "second" : every === 3 ? "third" : `${every}th`} frame is shown` : "";
  const doubt = kind === "geodesic" && converged === false ? "the search stopped early, so a shorter path may exist" : "";
  return [frames && part, doubt].filter(Boolean).join("; ");
}

/**
 * Pictures in a row or a grid on one canvas, one canvas pixel a picture pixel.
 * @param {HTMLCanvasElement} canvas
 * @param {number} count  of pictures
 * @param {number} columns
 * @param {(n: number) => ArrayLike<number>} picture  picture n, [C*H*W] in [0, 1]; it is painted before the next is asked for
 * @param {number[]} shape [C, H, W]
 */
export function paintGrid(canvas, count, columns, picture, shape) {
  const [, H, W] = shape;
  canvas.width = columns * W;
  canvas.height = Math.ceil(count / columns) * H;
  canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
  canvas.classList.add("full");
  const g = canvas.getContext("2d");
  const image = g.createImageData(W, H);
  for (let n = 0; n < count; n++) {
    toRgba(picture(n), shape, 255, image.data);
    g.putImageData(image, (n % columns) * W, Math.floor(n / columns) * H);
  }
}
