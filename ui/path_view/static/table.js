/** The frame that the clock shows, for each way: its picture, its figures, and the real pictures nearest to it. */

import { h, setText } from "../../latent_pad/static/dom.js";
import { fixed } from "../../latent_pad/static/format.js";
import { createPicture } from "../../latent_pad/static/picture.js";
import { NAMES, colourOf } from "./look.js";
import { KINDS } from "./ways.js";

const ROWS = [
  ["logPz", "log p(z)", "nats", (frames, k) => fixed(frames.logPz[k])],
  ["norm", "‖z‖", "", (frames, k) => fixed(frames.norm[k])],
  ["latentLength", "Length in z", "so far, of all", (frames, k) => soFar(frames.latentStep, frames.latentLength, k)],
  ["length", "Length in pictures", "so far, of all", (frames, k) => soFar(frames.step, frames.length, k)],
  ["step", "This step changes", "pictures", (frames, k) => (k ? fixed(frames.step[k]) : "–")],
];

function soFar(steps, whole, k) {
  const now = steps.slice(0, k + 1).reduce((sum, value) => sum + value, 0);
  return `${fixed(now)} / ${fixed(whole)}`;
}

export function createTable(store) {
  const { state } = store;
  const columns = Object.fromEntries(KINDS.map((kind) => [kind, createColumn(kind)]));
  const typical = h("span.unit");
  const row = (label, unit, cells) => h("tr", {}, h("th", { scope: "row" }, label, " ", unit), ...cells);
  const cells = (part) => KINDS.map((kind) => h("td", {}, columns[kind][part]));
  const heads = KINDS.map((kind) => h("th", { scope: "col" }, NAMES[kind]));
  const note = h("p.caption", { "data-testid": "near-note" });
  const table = h("table.frames", {},
    h("thead", {}, h("tr", {}, h("td", {}), ...heads)),
    h("tbody", {},
      row("The frame", h("span.unit", {}, "mean of p(x|z)"), cells("picture")),
      row("Nearest test picture", h("span.unit", {}, "by code, distance in z"), cells("byCode")),
      row("Nearest training picture", h("span.unit", {}, "by pixels, rms difference"), cells("byPixels")),
      ...ROWS.map(([name, label, unit]) => row(label, name === "norm" ? typical : h("span.unit", {}, unit), cells(name)))));

  store.on(["info", "gap"], () => {
    if (!state.info) return;
    setText(typical, `typical of the prior: √D = ${fixed(Math.sqrt(state.info.latent_dim))}`);
  });
  store.on(["theme"], () => heads.forEach((head, n) => (head.style.color = colourOf(KINDS[n], state.theme))));
  store.on(["ways", "frame", "blocks", "training"], () => {
    for (const kind of KINDS) fill(columns[kind], state.ways?.[kind], state, kind);
    setText(note, state.gap ? noteOf(state) : "");
  });
  return { element: h("section.frame-table", { "aria-label": "The frame" }, table, note) };
}

function createColumn(kind) {
  const real = () => {
    const picture = createPicture("", { role: "presentation" });
    const words = h("span.number");
    return { picture, words, element: h("div.real", {}, picture.canvas, words) };
  };
  const [code, pixels] = [real(), real()];
  const main = createPicture(`The frame of the ${NAMES[kind].toLowerCase()} path`, { "data-testid": `frame-${kind}` });
  const numbers = Object.fromEntries(ROWS.map(([name]) => [name, h("span.number", { "data-testid": `${name}-${kind}` })]));
  return { main, code, pixels, numbers, picture: main.canvas, byCode: code.element, byPixels: pixels.element, ...numbers };
}

function fill({ main, code, pixels, numbers }, way, { info, frame, images, training, ways }, kind) {
  const frames = way?.frames;
  const clearAll = () => [main, code.picture, pixels.picture].forEach((picture) => picture.clear());
  if (!frames || frame >= frames.z.length) {
    clearAll();
    for (const part of [code.words, pixels.words, ...Object.values(numbers)]) setText(part, ways ? "…" : "");
    return;
  }
  main.show(frames.pictures[frame], info.image_shape);
  for (const [name, , , text] of ROWS) setText(numbers[name], text(frames, frame));
  const near = frames.nearest[frame];
  const bytes = images.get(near.index);
  if (bytes) code.picture.show(bytes, info.image_shape);
  setText(code.words, `${near.index} · ${fixed(near.distance)}`);
  const copy = training?.[kind]?.[frame];
  if (copy) pixels.picture.show(copy.picture, info.image_shape);
  else pixels.picture.clear();
  setText(pixels.words, copy ? `${copy.index} · ${fixed(copy.distance, 3)}` : training?.problem ? "–" : "…");
}

function noteOf({ gap, training }) {
  const near = `From a test picture's code to its nearest neighbour it is ${fixed(gap)} (median): a frame much farther from every code has left the data.`;
  return training?.problem ? `${near} ${training.problem}` : near;
}
