/** All families on the same pictures: what each says of them, costs and can do; columns sort, a row shows its samples. */

import { button, h, setText } from "../../shared/dom.js";
import { count, fixed, measured } from "../../shared/format.js";
import { createPicture } from "../../shared/picture.js";

const SAMPLES = 16;
const NONE = "none";

/** By column: its words, the number that it sorts by (the best first), and how that is told. */
const COLUMNS = {
  title: { words: "family", value: ({ place }) => place, tell: ({ title }) => title },
  log_px: { words: "log p(x), nats", value: ({ log_px }) => -(log_px ?? -Infinity), tell: likelihood },
  parameters: { words: "parameters", value: ({ parameters }) => parameters, tell: ({ parameters }) => count(parameters) },
  seconds: { words: "training", value: ({ seconds }) => seconds, tell: ({ seconds }) => `${count(Math.round(seconds))} s` },
  seconds_a_sample: { words: "one sample", value: (row) => row.seconds_a_sample, tell: (row) => `${fixed(1000 * row.seconds_a_sample, row.seconds_a_sample < 0.01 ? 2 : 0)} ms` },
  memory: { words: "its chain forgets in", value: ({ memory }) => memory?.[0] ?? 0, tell: memory },
  z: { words: "z", value: ({ z }) => (z ? 0 : 1), tell: ({ z, chapter }) => (z ? `${z} numbers` : chapter === "boltzmann" ? "hidden units" : NONE) },
  needs: { words: "training needs", value: ({ place }) => place, tell: ({ needs }) => needs },
};

function likelihood({ log_px: value, error }) {
  if (value === null) return "has none";
  return error === null ? `${fixed(value, 1)} exact` : measured(value, error);
}

function memory({ memory: found }) {
  if (!found) return "no chain";
  const [steps, error] = found;
  return error === null ? `more than ${count(steps)} steps` : `${measured(steps, error)} steps`;
}

export function createTable(store) {
  const { state } = store;
  const heads = Object.entries(COLUMNS).map(([name, { words }]) => h("th", { scope: "col", "data-column": name }, button(words, () => store.set({ sort: name }))));
  const body = h("tbody");
  const pictures = Array.from({ length: SAMPLES }, (_, n) => createPicture(`Sample ${n + 1}`));
  const title = h("h3");
  const open = button("Open its chapter", () => store.set({ chapter: rowOf(state).chapter }));
  const words = h("p", { "data-testid": "table-words" });
  const element = h("div.chapter.table", { hidden: true },
    h("section.families-table", { "aria-label": "The table" }, h("h2", {}, "All families on the same pictures"),
      h("p.note", {}, "Fashion-MNIST, 784 pixels, black or white. log p(x) is the mean over the same 200 test pictures, exact or with the error of its estimate. Seconds are of one thread, beside other work. How soon a chain forgets is that of the slowest linear function of its state, seen in 20 walks of 500 steps. Press a column to sort, a name to see samples."),
      h("div.table-box", { tabindex: "0", role: "region", "aria-label": "The table; scrolls sideways where it is wide" }, h("table", {}, h("thead", {}, h("tr", {}, ...heads)), body)), words),
    h("section.families-samples", { "aria-label": "Samples" }, title, h("div.cells.samples", {}, ...pictures.map(({ canvas }) => canvas)), h("div.row", {}, open)));

  store.on(["info", "sort", "row"], () => {
    if (!state.info) return;
    for (const head of heads) head.setAttribute("aria-sort", head.dataset.column === state.sort ? "ascending" : "none");
    const rows = state.info.table.map((row, place) => ({ ...row, place }));
    const { value } = COLUMNS[state.sort];
    rows.sort((a, b) => value(a) - value(b) || a.place - b.place);
    body.replaceChildren(...rows.map((row) => bodyRow(row, store)));
    setText(words, surprises(rows));
    const chosen = rowOf(state);
    setText(title, `Drawn by: ${chosen.title}`);
    open.hidden = !chosen.chapter;
    unpacked(chosen).forEach((picture, n) => pictures[n].show(picture, [1, ...chosen.shape]));
  });
  return { element };
}

const rowOf = ({ info, row }) => info.table.find(({ family }) => family === row) ?? info.table[0];

function bodyRow(row, store) {
  const name = button(row.title, () => store.set({ row: row.family }), { "aria-pressed": String(row.family === rowOf(store.state).family), "data-testid": `row-${row.family}` });
  const cells = Object.entries(COLUMNS).slice(1).map(([column, { tell }]) => h("td", { "data-column": column }, tell(row)));
  return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
}

/** What stands out, computed from the rows. */
function surprises(rows) {
  const known = rows.filter(({ log_px }) => log_px !== null).sort((a, b) => b.log_px - a.log_px);
  const best = (isRight) => known.find(isRight);
  const [first, latent, without] = [known[0], best(({ z }) => z), best(({ z }) => !z)];
  const gap = Math.abs(latent.log_px - without.log_px);
  const silent = rows.filter(({ log_px }) => log_px === null).map(({ title }) => title);
  const second = first === latent ? `${without.title} has no z at all, and is ${fixed(gap, 1)} nats behind` : `It has no z at all, and is ${fixed(gap, 1)} nats ahead of the best model with one, ${latent.title}`;
  return `${first.title} has the highest log p(x). ${second}; its value is exact, and no z had to be searched for it. Samples alone and no likelihood: ${silent.join("; ")}.`;
}

/** The samples of a row, one bit a pixel, as rows of 0 and 1. */
function unpacked({ samples, shape: [height, width] }) {
  const bytes = Uint8Array.from(atob(samples), (letter) => letter.charCodeAt(0));
  const pixels = height * width;
  return Array.from({ length: SAMPLES }, (_, n) => Float32Array.from({ length: pixels }, (_, i) => (bytes[(n * pixels + i) >> 3] >> (7 - ((n * pixels + i) & 7))) & 1));
}
