/** The current frame of each path: its picture, and under a fold its measurements and the real pictures nearest to it. */

import { createCopyButton, tableText } from "../shared/copy.js";
import { button, h, setText } from "../shared/dom.js";
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

/** The pictures of all paths at the current frame, large, side by side. */
export function createFrames(store) {
  const { state } = store;
  const frames = Object.fromEntries(KINDS.map((kind) => [kind, createFrame(kind)]));
  const element = h("section.frame-row", { "aria-label": "The frame of each path" }, ...KINDS.map((kind) => frames[kind].element));

  store.on(["theme"], () => KINDS.forEach((kind) => frames[kind].element.style.setProperty("--key", colourOf(kind, state.theme))));
  store.on(["paths"], () => {
    const there = kindsShown(state);
    for (const kind of KINDS) frames[kind].element.hidden = !there.includes(kind);
    element.style.setProperty("--columns", there.length);
  });
  store.on(["paths", "frame"], () => {
    for (const kind of KINDS) {
      const picture = framesOf(state, kind)?.pictures[state.frame] ?? null;
      frames[kind].show(picture, picture, state.info?.image_shape);
    }
  });
  return { element };
}

function createFrame(kind) {
  const picture = createPicture(`The frame of the ${NAMES[kind].toLowerCase()} path`, { "data-testid": `frame-${kind}` });
  const name = h("figcaption.way-key", { "data-kind": kind }, NAMES[kind]);
  return { show: onceEach(picture), element: h("figure", {}, name, picture.canvas) };
}

/** The straight, the spherical and the geodesic path have a place also while there is none between the stops. */
const kindsShown = (state) => (state.paths ? kindsOf(state) : KINDS.filter((kind) => kind !== "hand"));

/**
 * The fold of the measurements: a table for the current frame, and the charts along the path. `state.measuring` says that it
 * is open.
 * @param {{download: () => void}} training
 */
export function createMeasurements(store, training, charts) {
  const element = h("details.fold.measurements", {
    "data-testid": "measurements",
    ontoggle: () => store.set({ measuring: element.open, chartSize: {} }),
  }, h("summary", {}, "Measurements"), createTable(store), createTrainingNeed(store, training), charts);
  return { element };
}

function createTable(store) {
  const { state } = store;
  const columns = Object.fromEntries(KINDS.map((kind) => [kind, createColumn()]));
  const [typical, within] = [h("span.unit"), h("span.unit")];
  const row = (label, unit, cells) => h("tr", {}, h("th", { scope: "row" }, label, " ", unit), ...cells);
  const cells = (part) => KINDS.map((kind) => h("td", { "data-kind": kind, "data-testid": `${part}-${kind}` }, columns[kind][part]));
  const heads = KINDS.map((kind) => h("th", { scope: "col", "data-kind": kind }, NAMES[kind]));
  const note = h("p.caption", { "data-testid": "near-note" });
  const fromTraining = [
    row("Nearest training picture", h("span.unit", {}, "by pixels, rms difference"), cells("byPixels")),
    row("Training pictures near", within, cells("near")),
  ];
  const table = h("table.frames", {},
    h("thead", {}, h("tr", {}, h("td", {}), ...heads)),
    h("tbody", {},
      ...ROWS.map(([name, label, unit]) => row(label, name === "norm" ? typical : h("span.unit", {}, unit), cells(name))),
      row("Nearest test picture", h("span.unit", {}, "by code, distance in z"), cells("byCode")),
      ...fromTraining));

  store.on(["info", "codes"], () => {
    if (state.info && state.codes) setText(typical, `draws: √D = ${fixed(Math.sqrt(state.info.latent_dim))}; codes: ${fixed(normOfCodes(state.codes))}`);
  });
  store.on(["theme"], () => heads.forEach((head, n) => (head.style.color = colourOf(KINDS[n], state.theme))));
  store.on(["paths"], () => {
    const there = kindsShown(state);
    for (const cell of table.querySelectorAll("[data-kind]")) cell.hidden = !there.includes(cell.dataset.kind);
    table.style.setProperty("--columns", there.length);
  });
  store.on(["lacking"], () => fromTraining.forEach((each) => (each.hidden = !!state.lacking)));
  store.on(["paths", "training", "gap"], () => {
    setText(within, state.training?.gap ? `within ${fixed(state.training.gap, 3)} rms` : "");
    setText(note, state.gap ? noteOf(state) : "");
  });
  let written = 0; // when the figures were written last
  store.on(["paths", "frame", "blocks", "training", "playing", "measuring"], () => {
    const now = performance.now();
    if (!state.measuring || (state.playing && now - written <= READ_MS)) return;
    written = now;
    for (const kind of KINDS) write(columns[kind], state, kind);
  });
  return h("section.frame-table", { "aria-label": "Measurements of the frame" }, table,
    h("div.row", {}, createCopyButton("Copy table", "Copy the measurements of the frame", () => tableText(table))), note);
}

/** What stands in place of the rows that need the training pictures, where the server has none. */
function createTrainingNeed(store, training) {
  const { state } = store;
  const words = h("span");
  const download = button("Download", training.download, { "data-testid": "training-download" });
  const element = h("p.row.lacking", { role: "status", hidden: true, "data-testid": "training-lacking" }, words, download);
  store.on(["lacking", "downloading", "downloadProblem"], () => {
    const { lacking, downloading, downloadProblem } = state;
    element.hidden = !lacking;
    if (!lacking) return;
    setText(words, downloading ? "The training pictures are being downloaded." : downloadProblem ?? lacking.words);
    download.hidden = downloading || !lacking.download;
    setText(download, downloadProblem ? "Try again" : `Download (${lacking.megabytes} MB)`);
  });
  return element;
}

function createColumn() {
  const real = () => {
    const picture = createPicture("", { role: "presentation" });
    const words = h("span.number");
    return { show: onceEach(picture), words, element: h("div.real", {}, picture.canvas, words) };
  };
  const [code, pixels] = [real(), real()];
  const number = () => h("span.number");
  const numbers = Object.fromEntries(ROWS.map(([name]) => [name, number()]));
  return { code, pixels, near: number(), numbers, byCode: code.element, byPixels: pixels.element, ...numbers };
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
  const codes = `The distance from a test picture's code to the nearest other code is ${fixed(gap)} (median). A frame that is much farther from every code has left the data.`;
  if (training?.problem) return `${codes} ${training.problem}`;
  if (!training?.gap) return codes;
  return `${codes} The distance from a training picture to the nearest other one is ${fixed(training.gap, 3)} (rms difference of a pixel, median of ${training.sampled}). `
    + "Training pictures within this distance of a frame count as near. If none is near, the frame lies between the data or outside them.";
}
