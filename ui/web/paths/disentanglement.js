/**
 * Disentanglement of data whose factors are known: how far each dimension stands for one of them, as scores and as a matrix
 * to pick from.
 */

import { fetchJson } from "../engine/fetch.js";
import { button, h, setText } from "../shared/dom.js";
import { axisName, count, fixed, measured } from "../shared/format.js";
import { listBindings, pressKey } from "../shared/key_bindings.js";
import { ARROWS_DOWN, ARROWS_SHOWN } from "../shared/keyboard.js";
import { createFactorRidges, factorName, furthest, isPicked } from "./factors.js";
import { OTHERS } from "./groups.js";
import { FIRST, dimensionsByRate } from "./latent_traversal.js";

const SCORES = [
  ["MIG", "how much more the best dimension says about a factor than the second best"],
  ["DCI: disentanglement", "does each dimension depend on one factor only?"],
  ["DCI: completeness", "is each factor in one dimension only?"],
  ["DCI: informativeness", "how well a random forest can predict the factors from z"],
  ["FactorVAE", "votes for the right factor"],
];
const MEASURES = {
  information: ["Information", "MIG: mutual information of dimension and factor, as a share of the factor's entropy", 2],
  importance: ["Importance", "DCI: how much a random forest that predicts the factor uses the dimension", 2],
  votes: ["Votes", "FactorVAE: how often the dimension varied least while the factor was held", 0],
};
const NONE = "This model's pictures have no known factors. The faces and the generated shapes have them: choose a model of one of these above.";

export function createFactorScores(store, scores) {
  const { state } = store;
  const cards = SCORES.map(([name, words], n) => createCard(name, words, n));
  const again = button("Try again", scores.ask, { hidden: true });
  const status = h("p.message", { role: "status", hidden: true, "data-testid": "scores-status" });
  const note = h("p.caption", { "data-testid": "matrix-words" });
  const more = button("Show all dimensions", () => store.set({ allRows: true }), { hidden: true });
  const matrix = createMatrix(pick);
  const held = createFactorRidges(store);
  const body = h("div.known", {}, h("dl.scores", {}, ...cards.map((card) => card.element)),
    h("div.row", {}, createSwitch(store), more), note, matrix.element);
  const element = h("section.factors", { "aria-label": "Known factors" }, status, again, body, held.element);

  function pick(dimension, factor) {
    const own = state.stopCodes?.[state.chosen]?.[dimension] ?? 0;
    const value = state.factorIndex ? furthest(state, dimension, factor) : 0;
    store.set({ dimension, factor, value: own, plus: `factor.${factor}.${value}`, minus: OTHERS });
  }

  store.on(["tab", "scores", "info", "codes", "factorProblem"], () => {
    if (!state.info) return;
    const found = state.scores?.scores;
    const said = !state.info.factors.length ? NONE : state.scores?.problem ?? state.factorProblem ?? (found ? "" : "The server is computing the scores. This takes ten to twenty seconds.");
    status.hidden = !said;
    setText(status, said);
    again.hidden = !state.scores?.problem;
    body.hidden = !found;
    if (found) cards.forEach((card, n) => card.show(found[n], n === SCORES.length - 1 ? `one guess gets ${fixed(state.scores.chance)}` : ""));
  });
  store.on(["scores", "measure", "allRows", "info"], () => {
    if (!state.scores?.scores) return;
    const { order, idle } = dimensionsByRate(state.info);
    const rows = [...order, ...idle];
    const shown = state.allRows ? rows : rows.slice(0, FIRST);
    more.hidden = shown.length === rows.length;
    matrix.fill(shown, state.info.factors, state.scores[state.measure], MEASURES[state.measure][2]);
    matrix.mark(state.dimension, state.factor);
  });
  store.on(["scores", "measure", "dimension", "factor"], () => {
    if (!state.scores?.scores) return;
    matrix.mark(state.dimension, state.factor);
    setText(note, noteOf(state));
  });
  return { element };
}

function noteOf(state) {
  const { measure, scores, info } = state;
  const how = `${MEASURES[measure][1]}. On the codes of ${count(scores.images)} test pictures, rows by their rates; errors from five parts of them.`;
  if (!isPicked(state)) return `${how} Click a cell: below you see what its dimension does. “Add a difference” then uses a group of this factor.`;
  const value = fixed(scores[measure][state.dimension][state.factor], MEASURES[measure][2]);
  return `${how} Picked: ${axisName(state.dimension)} and ${factorName(info.factors[state.factor])}, ${value}.`;
}

function createCard(name, words, n) {
  const number = h("strong", { "data-testid": `score-${n}` });
  const meter = h("span.meter", { "aria-hidden": "true" }, h("span.share"), h("span.whisker"));
  const hint = h("span.unit");
  function show({ score, error }, more) {
    setText(number, measured(score, error ?? NaN));
    const within = (value) => Math.min(1, Math.max(0, value));
    for (const [property, value] of [["--auc", score], ["--from", score - 2 * (error ?? 0)], ["--to", score + 2 * (error ?? 0)]]) meter.style.setProperty(property, within(value));
    setText(hint, [words, more].filter(Boolean).join("; "));
  }
  return { element: h("div.score", {}, h("dt", {}, name), h("dd", {}, number, meter, hint)), show };
}

function createSwitch(store) {
  const { state } = store;
  const inputs = Object.entries(MEASURES).map(([value, [text]]) => {
    const input = h("input", { type: "radio", name: "measure", value, onchange: () => store.set({ measure: value }), "data-testid": `measure-${value}` });
    return { value, input, element: h("label", {}, input, h("span", {}, text)) };
  });
  store.on(["measure"], () => inputs.forEach(({ value, input }) => (input.checked = value === state.measure)));
  return h("div.switch", { role: "radiogroup", "aria-label": "What the matrix shows" }, ...inputs.map(({ element }) => element));
}

/**
 * The scores, which the server works out once: asked for when they are to be seen.
 * `state.scores` is what the server says (see ui/pages/paths/factors.py), {problem}, {waiting: true}, or null.
 */
export function createScores(store) {
  const { state } = store;
  let aborter = null;

  store.on(["info"], () => {
    aborter?.abort();
    aborter = null;
  });
  store.on(["info", "tab", "codes"], () => {
    if (aborter || state.tab !== "factors" || !state.codes || !state.info.factors.length) return;
    ask();
  });

  async function ask() {
    aborter = new AbortController();
    const { signal } = aborter;
    const { info } = state;
    store.set({ scores: { waiting: true } });
    try {
      const scores = await fetchJson(info.scores, "The scores", { signal });
      if (info === state.info) store.set({ scores });
    } catch (error) {
      if (!signal.aborted) store.set({ scores: { problem: error.message } });
    }
  }
  return { ask, stop: () => aborter?.abort() };
}

/**
 * A matrix of dimensions by factors, whose cells can be picked by hand and by arrow keys.
 * @param {(dimension: number, factor: number) => void} pick
 * @returns {{element: HTMLElement, fill: (rows: number[], factors: Object[], values: number[][], digits: number) => void,
 *   mark: (dimension: number | null, factor: number | null) => void}} values [D][F]; rows: which dimensions, in which order
 */
function createMatrix(pick) {
  const bindings = [{ keys: Object.keys(ARROWS_DOWN), shown: ARROWS_SHOWN, words: "Go to the next cell", act: move }];
  const table = h("table.matrix", { "data-testid": "matrix", onkeydown: (event) => pressKey(bindings, event) });
  listBindings(table, "In the matrix", () => bindings);
  const element = h("div.matrix-holder", { tabindex: "-1" }, table);
  let cells = []; // [row][factor] buttons

  function fill(rows, factors, values, digits) {
    const most = Math.max(1e-9, ...rows.flatMap((j) => values[j]));
    cells = rows.map((j) => factors.map((factor, k) => {
      const text = fixed(values[j][k], digits);
      const cell = button(text, () => pick(j, k), { "aria-label": `${axisName(j)}, ${factorName(factor)}: ${text}`, "data-testid": "matrix-cell", "data-dimension": j, "data-factor": k, tabindex: "-1" });
      cell.style.setProperty("--share", values[j][k] / most);
      return cell;
    }));
    table.replaceChildren(
      h("thead", {}, h("tr", {}, h("td", {}), ...factors.map((factor) => h("th", { scope: "col" }, factorName(factor))))),
      h("tbody", {}, ...rows.map((j, row) => h("tr", {}, h("th", { scope: "row" }, h("em", {}, axisName(j))), ...cells[row].map((cell) => h("td", {}, cell))))));
  }

  function mark(dimension, factor) {
    const all = cells.flat();
    const isPicked = (cell) => Number(cell.dataset.dimension) === dimension && Number(cell.dataset.factor) === factor;
    for (const cell of all) {
      cell.setAttribute("aria-pressed", String(isPicked(cell)));
      cell.tabIndex = -1;
    }
    const entry = all.find(isPicked) ?? all[0]; // one stop of the tab key, arrow keys from there
    if (entry) entry.tabIndex = 0;
  }

  function move(event) {
    const by = ARROWS_DOWN[event.key];
    const row = cells.findIndex((each) => each.includes(event.target));
    if (row < 0) return;
    const next = cells[row + by[1]]?.[cells[row].indexOf(event.target) + by[0]];
    next?.focus();
  }
  return { element, fill, mark };
}
