/** The current frame of each path: its picture, its figures, and the real pictures nearest to it. */

import { h, setText } from "../shared/dom.js";
import { count, fixed } from "../shared/format.js";
import { createPicture } from "../shared/picture.js";
import { normOfCodes } from "./frame_metrics.js";
import { KINDS, NAMES, colourOf, kindsOf } from "./path_kinds.js";

const ROWS = [
  ["logPz", "log p(z)", "nats", (frames, k) => fixed(frames.logPz[k])],
  ["norm", "‖z‖", "", (frames, k) => fixed(frames.norm[k])],
  ["latentLength", "Length in z", "so far, of all", (frames, k) => soFar(frames.latentTravelled, k)],
  ["length", "Length in pictures", "so far, of all", (frames, k) => soFar(frames.travelled, k)],
  ["step", "This step changes", "pictures", (frames, k) => (k ? fixed(frames.step[k]) : "–")],
];

const READ_MS = 80;
const soFar = (travelled, k) => `${fixed(travelled[k])} / ${fixed(travelled.at(-1))}`;

export function createTable(store) {
  const { state } = store;
  const columns = Object.fromEntries(KINDS.map((kind) => [kind, createColumn(kind)]));
  const [typical, within] = [h("span.unit"), h("span.unit")];
  const row = (label, unit, cells) => h("tr", {}, h("th", { scope: "row" }, label, " ", unit), ...cells);
  const cells = (part) => KINDS.map((kind) => h("td", { "data-kind": kind }, columns[kind][part]));
  const heads = KINDS.map((kind) => h("th", { scope: "col", "data-kind": kind }, NAMES[kind]));
  const note = h("p.caption", { "data-testid": "near-note" });
  const table = h("table.frames", {},
    h("thead", {}, h("tr", {}, h("td", {}), ...heads)),
    h("tbody", {},
      row("The frame", h("span.unit", {}, "mean of p(x|z)"), cells("picture")),
      row("Nearest test picture", h("span.unit", {}, "by code, distance in z"), cells("byCode")),
      row("Nearest training picture", h("span.unit", {}, "by pixels, rms difference"), cells("byPixels")),
      row("Training pictures near", within, cells("near")),
      ...ROWS.map(([name, label, unit]) => row(label, name === "norm" ? typical : h("span.unit", {}, unit), cells(name)))));

  store.on(["info", "codes"], () => {
    if (state.info && state.codes) setText(typical, `draws: √D = ${fixed(Math.sqrt(state.info.latent_dim))}; codes: ${fixed(normOfCodes(state.codes))}`);
  });
  store.on(["theme"], () => heads.forEach((head, n) => (head.style.color = colourOf(KINDS[n], state.theme))));
  store.on(["paths"], () => {
    const there = state.paths ? kindsOf(state) : KINDS.filter((kind) => kind !== "hand");
    for (const cell of table.querySelectorAll("[data-kind]")) cell.hidden = !there.includes(cell.dataset.kind);
    table.style.setProperty("--columns", there.length);
  });
  store.on(["paths", "training", "gap"], () => {
    setText(within, state.training?.gap ? `within ${fixed(state.training.gap, 3)} rms` : "");
    setText(note, state.gap ? noteOf(state) : "");
  });
  let read = 0; // when the figures were written last
  store.on(["paths", "frame", "blocks", "training", "playing"], () => {
    const now = performance.now();
    const isRead = !state.playing || now - read > READ_MS;
    if (isRead) read = now;
    for (const kind of KINDS) {
      show(columns[kind], state, kind);
      if (isRead) write(columns[kind], state, kind);
    }
  });
  return { element: h("section.frame-table", { "aria-label": "The frame" }, table, note) };
}

function createColumn(kind) {
  const real = () => {
    const picture = createPicture("", { role: "presentation" });
    const words = h("span.number");
    return { show: onceEach(picture), words, element: h("div.real", {}, picture.canvas, words) };
  };
  const [code, pixels] = [real(), real()];
  const main = createPicture(`The frame of the ${NAMES[kind].toLowerCase()} path`, { "data-testid": `frame-${kind}` });
  const number = (name) => h("span.number", { "data-testid": `${name}-${kind}` });
  const numbers = Object.fromEntries(ROWS.map(([name]) => [name, number(name)]));
  const near = number("near");
  return { show: onceEach(main), code, pixels, near, numbers, picture: main.canvas, byCode: code.element, byPixels: pixels.element, ...numbers };
}

/** Paints a picture only where it is another one than before: real ones stay the same over many frames. */
function onceEach(picture) {
  let shown;
  return (key, values, shape) => {
    if (key === shown) return;
    shown = key;
    if (values) picture.show(values, shape);
    else picture.clear();
  };
}

function framesOf({ paths, frame }, kind) {
  const frames = paths?.[kind]?.frames;
  return frames && frame < frames.z.length ? frames : null;
}

function show(column, state, kind) {
  const picture = framesOf(state, kind)?.pictures[state.frame] ?? null;
  column.show(picture, picture, state.info?.image_shape);
}

/** The figures and the real pictures: while a path plays, only as often as they can be read, since text is laid out anew. */
function write({ code, pixels, near, numbers }, state, kind) {
  const { info, frame, images, training, paths } = state;
  const frames = framesOf(state, kind);
  const there = !!frames;
  const closest = there ? frames.nearest[frame] : null;
  const copy = there ? training?.[kind]?.[frame] : null;
  const waiting = !there ? (paths?.[kind] ? "…" : "") : training?.problem ? "–" : "…";
  const bytes = there ? images.get(closest.index) : null;
  code.show(bytes && `${info.images} ${closest.index}`, bytes, info?.image_shape);
  pixels.show(copy?.picture, copy?.picture, info?.image_shape);
  setText(code.words, there ? `${closest.index} · ${fixed(closest.distance)}` : waiting);
  setText(pixels.words, copy ? `${copy.index} · ${fixed(copy.distance, 3)}` : waiting);
  setText(near, copy ? count(copy.near) : waiting);
  for (const [name, , , text] of ROWS) setText(numbers[name], there ? text(frames, frame) : waiting);
}

function noteOf({ gap, training }) {
  const codes = `From a test picture's code to its nearest neighbour it is ${fixed(gap)} (median): a frame much farther from every code has left the data.`;
  if (training?.problem) return `${codes} ${training.problem}`;
  if (!training?.gap) return codes;
  return `${codes} From a training picture to the one nearest to it, it is ${fixed(training.gap, 3)} (rms difference of a pixel, median of ${training.sampled}): `
    + "training pictures within that distance of a frame are counted as near. None: the frame lies between or off the data.";
}
