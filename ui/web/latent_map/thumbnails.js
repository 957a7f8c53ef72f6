/**
 * Test images as small pictures: in place of dots on the plane, in rows to choose from, and on the card at the point
 * under the mouse.
 */

import { h, setText } from "../shared/dom.js";
import { gridIndexOf } from "../shared/grid_index.js";
import { mark } from "../shared/palette.js";
import { createPicture, toRgba } from "../shared/picture.js";
import { projectionOf } from "../shared/projection.js";
import { createTransform } from "../shared/viewport.js";

/** @returns {Uint8Array | null} encoded image `index`; null where it has not arrived, and then it is not asked for either */
export const arrivedImage = ({ arrived, images, info }, index) => (arrived?.has(Math.floor(index / info.block)) ? images.get(index) : null);

/** "Sneaker", or "test image 17" where there are no classes. */
export const imageName = ({ codes, info }, index) => info.classes[codes?.label[index]] ?? `${info.split} image ${index}`;

const CROWD = 0.4; // share of the plane that the smallest pictures of all points in view may take
const MANY = 6000; // points in the cells around it, beyond which nobody counts
const SIDES = [26, 46]; // CSS pixels of a picture: the fewer, the larger
const COVER = 0.3; // share of the plane that pictures may take
const COLUMNS = 24;
const LEAST = 4; // rows of a picture: a row of numbers is none
const FRAME = 2; // pixels in the colour of the class
const FAINT = 0.25; // of a picture that is not among the selected

/**
 * Small pictures in place of dots, where few enough points are in view. A picture is put into one sheet once and copied from
 * there; a point that would cover another's picture stays a dot. The sheet is filled while nothing is dragged.
 * @returns {{draw: Function, waits: () => boolean, hitRadius: () => number}}
 */
export function createThumbnailLayer() {
  const sheet = document.createElement("canvas");
  const slots = new Map(); // number of a picture -> its place in the sheet
  let images = null;
  let waiting = false;
  let seen = 0; // the side of the pictures on the screen, 0 where there are dots

  /** The pictures in view that are there, over the dots. */
  function draw(g, t, state, points) {
    if (!g.vector) [waiting, seen] = [false, 0];
    if (!points || !state.images || state.info.image_shape[1] < LEAST || state.overlays.includes("manifold")) return;
    const most = (CROWD * t.size ** 2) / SIDES[0] ** 2;
    const shown = inView(points, t, state.hiddenMask, most);
    if (!shown.length || shown.length > most) return;
    if (images !== state.images) reset(state.images, state.info.image_shape);
    const side = Math.min(SIDES[1], Math.max(SIDES[0], t.size * Math.sqrt(COVER / shown.length)));
    if (!g.vector) seen = side;
    const placed = [];
    const dots = [];
    for (const n of shown) {
      const [x, y] = [t.x(points.mu[2 * n]), t.y(points.mu[2 * n + 1])];
      const free = placed.every(([, px, py]) => Math.max(Math.abs(px - x), Math.abs(py - y)) > side);
      if (free && has(n, state)) placed.push([n, x, y]);
      else if (!free) dots.push([n, x, y]);
    }
    const chosen = state.members?.length ? new Set(state.members) : null;
    for (const [n, x, y] of placed) stamp(g, x, y, side, n, points.label[n], state, !chosen || chosen.has(n));
    for (const [n, x, y] of dots) dot(g, x, y, points.label[n], state.theme);
    g.globalAlpha = 1;
  }

  /** Whether picture n is in the sheet now; one that is not is asked for when nothing is dragged. */
  function has(n, state) {
    if (slots.has(n)) return true;
    const bytes = n >= state.info.count ? null : state.busy ? arrivedImage(state, n) : state.images.get(n);
    if (!bytes) waiting = true;
    else put(n, bytes, state.info.image_shape);
    return !!bytes;
  }

  function reset(next, [, H, W]) {
    images = next;
    slots.clear();
    Object.assign(sheet, { width: COLUMNS * W, height: COLUMNS * H });
  }

  function put(n, bytes, [C, H, W]) {
    if (slots.size === COLUMNS * COLUMNS) slots.clear();
    const slot = slots.size;
    const image = new ImageData(W, H);
    toRgba(bytes, [C, H, W], 1, image.data);
    sheet.getContext("2d").putImageData(image, (slot % COLUMNS) * W, Math.floor(slot / COLUMNS) * H);
    slots.set(n, slot);
  }

  function stamp(g, x, y, side, n, label, { theme, info: { image_shape: [, H, W] } }, strong) {
    const slot = slots.get(n);
    if (slot === undefined) return; // the sheet was full and began anew
    const [left, top] = [x - side / 2, y - side / 2];
    g.globalAlpha = strong ? 1 : FAINT;
    g.fillStyle = mark(label, theme.dark).colour;
    g.fillRect(left, top, side, side);
    g.imageSmoothingEnabled = !g.vector; // in a file the pictures stay crisp
    g.drawImage(sheet, (slot % COLUMNS) * W, Math.floor(slot / COLUMNS) * H, W, H, left + FRAME, top + FRAME, side - 2 * FRAME, side - 2 * FRAME);
  }

  return { draw, waits: () => waiting, hitRadius: () => seen / 2 };
}

/** Numbers of the points in view whose class is shown, in their order; more than `most` are cut short. */
function inView(points, t, hidden, most) {
  const edges = [t.a(0), t.b(t.size), t.a(t.size), t.b(0)];
  const { indices, total } = gridIndexOf(points).within(edges, MANY);
  if (total > MANY) return [];
  const found = [];
  for (let m = 0; m < indices.length && found.length <= most; m++) {
    const n = indices[m];
    const [a, b] = [points.mu[2 * n], points.mu[2 * n + 1]];
    if (!hidden[points.label[n]] && a >= edges[0] && a <= edges[2] && b >= edges[1] && b <= edges[3]) found.push(n);
  }
  return found.sort((m, n) => m - n);
}

function dot(g, x, y, label, theme) {
  const { colour, shape } = mark(label, theme.dark);
  g.globalAlpha = 1;
  g.save();
  g.translate(x - 5, y - 5);
  g.scale(0.5, 0.5);
  const path = Object.assign(new Path2D(shape), { outline: shape });
  g.lineWidth = 3;
  g.strokeStyle = theme.paper;
  g.stroke(path);
  g.fillStyle = colour;
  g.fill(path, "evenodd");
  g.restore();
}

/**
 * A small test picture with its name that is chosen by a press.
 * @returns {{element: HTMLElement, show: (index: number, words: string) => void, hide: () => void}}
 */
function createThumb(store, session) {
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
    const label = `Choose ${name}${state.info.classes.length ? `, ${state.info.split} image ${index}` : ""}${text ? `: ${text}` : ""}`;
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

/** The small card at a point under the mouse: its picture and its class. */
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
