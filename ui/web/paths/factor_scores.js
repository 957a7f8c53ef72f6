/** Data whose factors are known: how far each dimension stands for one of them, as scores and as a matrix to pick from. */

import { button, h, setText } from "../shared/dom.js";
import { axisName, count, fixed, measured } from "../shared/format.js";
import { createFactorRidges, furthest, isPicked } from "./factor_ridges.js";
import { factorName } from "./factors.js";
import { createMatrix } from "./matrix.js";
import { FIRST, dimensionsByRate } from "./traversal_sheet.js";

const SCORES = [
  ["MIG", "by how much one dimension says more of a factor than any other"],
  ["DCI: disentanglement", "each dimension, one factor"],
  ["DCI: completeness", "each factor, one dimension"],
  ["DCI: informativeness", "what a forest of trees reads of the factors"],
  ["FactorVAE", "votes for the right factor"],
];
export const MEASURES = {
  information: ["Information", "MIG: the share of the factor's entropy that the dimension knows", 2],
  importance: ["Importance", "DCI: how much a forest that predicts the factor leans on the dimension", 2],
  votes: ["Votes", "FactorVAE: how often the dimension varied least while the factor was held", 0],
};
const NONE = "Of the pictures of this model no factors are known. The faces and the generated shapes have known factors: choose a model of them above.";

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
    store.set({ dimension, factor, value: own, plus: `factor.${factor}.${value}`, minus: "rest" });
  }

  store.on(["task", "scores", "info", "codes", "factorProblem"], () => {
    if (!state.info) return;
    const found = state.scores?.scores;
    const said = !state.info.factors.length ? NONE : state.scores?.problem ?? state.factorProblem ?? (found ? "" : "The server works the scores out, which takes ten to twenty seconds.");
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
  if (!isPicked(state)) return `${how} Pick a cell: the dimension is swept below, and a group of the factor becomes the difference that can be added.`;
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
