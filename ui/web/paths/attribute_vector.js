/**
 * Attribute vectors, twin of vae_core/latent/attribute_vectors.py: the direction from one group of codes to another, the
 * difference of the means; how well it separates them, what it does to the chosen stop, and an analogy.
 */

import { emptyContext } from "../shared/canvas.js";
import { button, h, setText } from "../shared/dom.js";
import { count, fixed, measured, plural } from "../shared/format.js";
import { SHOW_ALL, nearestCode } from "../shared/nearest.js";
import { createPicture } from "../shared/picture.js";
import { ABSENT, factorName, factorOf, groupName } from "./factors.js";
import { paintGrid } from "./filmstrips.js";
import { OTHERS, members } from "./groups.js";

const MOST_TRIED = 20; // classes among which the page looks for the one that stands out
const FEWEST = 4; // members of a group: two for its mean, two to test it
const STRENGTHS = Array.from({ length: 9 }, (_, k) => (k - 4) * 0.5);

export function createAttributeVector(store) {
  const { state } = store;
  const groups = [createGroup(store, "plus", "With"), createGroup(store, "minus", "Without")];
  const message = h("p.message", { role: "alert", hidden: true, "data-testid": "add-problem" });
  const spread = createSeparationPlot(store);
  const result = createResult(store);
  const analogy = createAnalogy(store);
  const element = h("section.adding", { "aria-label": "Add a difference" },
    ...groups.map((group) => group.element), message, spread.element, result.element, spread.plot, analogy.element);

  const dependsOn = ["tab", "plus", "minus", "factor", "codes", "factorIndex", "factorProblem"];
  store.derive(["direction", "directionProblem"], dependsOn, ({ direction: before = null, directionProblem = "" }) => {
    if (!isShown(state) || !state.codes) return { direction: before, directionProblem };
    if (!state.plus) return { direction: null, directionProblem: "" };
    try {
      return { direction: directionOf(state), directionProblem: "" };
    } catch (error) {
      return { direction: null, directionProblem: error.message };
    }
  });
  store.on(dependsOn, () => {
    if (!isShown(state) || !state.codes || state.plus) return;
    const first = state.firstGroups ?? firstGroupsOf(state);
    store.set({ ...first, firstGroups: first });
  });
  store.on(["tab"], () => state.lasso && store.set({ lasso: null }));
  store.on(["tab", "direction", "directionProblem", "strength", "stopCodes", "chosen", "theme"], () => {
    if (!isShown(state) || !state.codes) return;
    setText(message, state.directionProblem);
    message.hidden = !state.directionProblem;
    spread.show();
    result.show();
  });
  return { element };
}

const isShown = ({ tab, factor }) => tab === "add" || (tab === "factors" && factor !== null);

/** The groups where none are given: with and without a thing that not every picture has, else the class that stands out most. */
function firstGroupsOf(state) {
  const { codes, info } = state;
  const k = info.factors.findIndex(({ values }) => values.includes(ABSENT));
  if (k >= 0) return { plus: OTHERS, minus: `factor.${k}.${info.factors[k].values.indexOf(ABSENT)}` };
  const separations = info.classes.slice(0, MOST_TRIED).map((_, n) => {
    const plus = members(`class.${n}`, state);
    const minus = members(OTHERS, state, plus);
    return Math.min(plus.length, minus.length) < FEWEST ? 0 : direction(codes, info.latent_dim, plus, minus).auc;
  });
  const best = separations.indexOf(Math.max(...separations));
  return { plus: best >= 0 ? `class.${best}` : OTHERS, minus: OTHERS };
}

/** From the group `minus` to the group `plus`, with how many pictures each holds. Throws what `direction` throws. */
function directionOf(state) {
  const waits = !state.factorIndex && [state.plus, state.minus].some(factorOf);
  if (waits) throw new Error(state.factorProblem ?? "The known factors of the pictures are still loading.");
  const first = state.plus === OTHERS ? [] : members(state.plus, state);
  const minus = members(state.minus, state, first);
  const plus = state.plus === OTHERS ? members(OTHERS, state, minus) : first;
  return { ...direction(state.codes, state.info.latent_dim, plus, minus), counts: [plus.length, minus.length] };
}

/** One group: a class, a value of a known factor, everything else, or what a lasso on the map holds. */
function createGroup(store, field, title) {
  const { state } = store;
  const list = h("select", { "aria-label": `${title}: which pictures`, "data-testid": `group-${field}`, onchange: () => choose(list.value) });
  const lasso = button("Lasso", () => store.set({ lasso: state.lasso === field ? null : field }), { "aria-pressed": "false", "data-testid": `lasso-${field}`, title: "Draw around points on the map" });
  const choose = (value) => store.set(value === "lasso" ? { lasso: field } : { [field]: value, lasso: null });
  store.on(["info", field], () => {
    if (!state.info || !state[field]) return;
    const classes = state.info.classes.map((name, k) => [`class.${k}`, name]);
    const drawn = state[field].startsWith("lasso") ? [[state[field], "the lasso"]] : [];
    const options = (all) => all.map(([value, text]) => h("option", { value }, text));
    const factors = state.info.factors.map((factor, k) => h("optgroup", { label: factorName(factor) },
      ...options(factor.values.map((value, v) => [`factor.${k}.${v}`, groupName(`factor.${k}.${v}`, state.info)]))));
    list.replaceChildren(...options([...drawn, [OTHERS, "all others"], ...classes]), ...factors);
    list.value = state[field];
  });
  store.on(["lasso"], () => lasso.setAttribute("aria-pressed", String(state.lasso === field)));
  return { element: h("div.row", {}, h("span.group-name", {}, title), list, lasso) };
}

/** The chosen stop with more and less of the direction. */
function createResult(store) {
  const { state } = store;
  const canvas = h("canvas.pixels.film", { role: "img", "aria-label": "The chosen stop with -2 to 2 times the difference", "data-testid": "add-strip" });
  const picture = createPicture("The chosen stop with the difference added", { "data-testid": "added" });
  const slider = h("input", { type: "range", min: "-3", max: "3", step: "0.01", "aria-label": "Strength", "data-testid": "strength", oninput: () => store.set({ strength: Number(slider.value), busy: true }), onchange: () => store.set({ busy: false }) });
  const output = h("output");
  const element = h("div.result", { hidden: true },
    h("div.row.wide", {}, picture.canvas, h("div.half", {}, h("label.slider", {}, h("span.name.shown", {}, "×"), slider, output),
      h("p.caption", {}, "0 is the stop as it is, 1 adds the whole difference between the two means."))),
    h("div", {}, canvas, h("div.ends", { "aria-hidden": "true" }, h("span", {}, "-2"), h("span", {}, "0"), h("span", {}, "2"))));

  function show() {
    const z = state.stopCodes?.[state.chosen];
    element.hidden = !state.direction || !z;
    if (element.hidden) return;
    const at = (s) => state.model.decode(z.map((value, j) => value + s * state.direction.vector[j]));
    paintGrid(canvas, STRENGTHS.length, STRENGTHS.length, (n) => at(STRENGTHS[n]), state.info.image_shape);
    picture.show(at(state.strength), state.info.image_shape);
    slider.value = state.strength;
    setText(output, fixed(state.strength));
  }
  return { element, show };
}

/** a : b :: c : ? with the first three stops. */
function createAnalogy(store) {
  const { state } = store;
  const [made, near] = [createPicture("The picture that the analogy makes", { "data-testid": "analogy" }), createPicture("The test picture nearest to it by code")];
  const words = h("p.caption", { "data-testid": "analogy-words" });
  const pictures = h("div.row.analogy-pictures", {}, h("figure", {}, made.canvas, h("figcaption", {}, "?")), h("figure", {}, near.canvas, h("figcaption", {}, "nearest test picture")));
  const element = h("section.panel.analogy", { "aria-label": "Analogy" }, h("h2", {}, "A : B :: C : ?"), words, pictures);

  store.on(["tab", "stopCodes", "codes", "blocks"], () => {
    if (state.tab !== "add" || !state.stopCodes || !state.codes) return;
    const ready = state.stopCodes.length >= 3;
    pictures.hidden = !ready;
    setText(words, ready
      ? "The answer should differ from C as B differs from A. Its code is: code of C + code of B − code of A."
      : "An analogy needs three stops: add one above. Its answer is C plus the difference from A to B.");
    if (!ready) return;
    const [a, b, c] = state.stopCodes;
    const z = c.map((value, j) => value + b[j] - a[j]);
    made.show(state.model.decode(z), state.info.image_shape);
    const { index, distance } = nearestCode(state.codes, z, SHOW_ALL);
    const bytes = state.images.get(index);
    if (bytes) near.show(bytes, state.info.image_shape);
    setText(pictures.lastChild.lastChild, `nearest test picture, ${count(index)}: ${fixed(distance)} away`);
  });
  return { element };
}

const HEIGHT = 92;
const BINS = 48;
const COLOURS = { plus: ["#0060a8", "#6cc0ff"], minus: ["#8a6d00", "#e6c35c"] };
const CLEAR = 0.95;
const FAIR = 0.8;
const VERDICTS = {
  clear: ["Clear", "That is a good direction."],
  fair: ["Overlapping", "That is fair: the groups have much in common along it."],
  poor: ["Poor", "That is weak: adding it will change other things too."],
  chance: ["No direction", "That is no better than guessing: this direction does not separate the groups."],
};

/** How well a direction tells two groups apart: a verdict with its error, and how held-out members of both lie along it. */
function createSeparationPlot(store) {
  const { state } = store;
  const verdict = h("strong.verdict", { "data-testid": "verdict" });
  const meter = h("span.meter", { "aria-hidden": "true" }, h("span.share"), h("span.whisker"));
  const canvas = h("canvas.spread", { role: "img", "aria-label": "Held-out pictures of both groups along the direction" });
  const words = h("p.caption", { "data-testid": "separation" });
  const key = h("div.names", {}, h("span.group-key", {}, "with"), h("span.group-key", {}, "without"));
  const element = h("div.separation", { hidden: true }, h("div.judged", {}, verdict, meter), words);
  const plot = h("div", { hidden: true }, canvas, key);

  function show() {
    element.hidden = plot.hidden = !state.direction;
    if (element.hidden || !state.theme) return;
    const { auc, error } = state.direction;
    const name = verdictOf(state.direction);
    element.dataset.verdict = name;
    setText(verdict, VERDICTS[name][0]);
    for (const [property, value] of [["--auc", auc], ["--from", auc - 2 * error], ["--to", auc + 2 * error]]) meter.style.setProperty(property, scaled(value));
    setText(words, wordsOf(state.direction, VERDICTS[name][1]));
    ["plus", "minus"].forEach((group, n) => key.children[n].style.setProperty("--key", COLOURS[group][Number(state.theme.dark)]));
    requestAnimationFrame(() => state.direction && paint(canvas, state.direction, state.theme));
  }
  return { element, plot, show };
}

/** From chance, one half, to 1. */
const scaled = (auc) => Math.min(1, Math.max(0, 2 * auc - 1));

/** Two standard errors from chance are asked of any direction. */
function verdictOf({ auc, error }) {
  if (auc - 2 * error <= 0.5) return "chance";
  return auc > CLEAR ? "clear" : auc > FAIR ? "fair" : "poor";
}

function wordsOf({ auc, error, length, counts }, verdict) {
  const share = measured(100 * auc, 100 * error);
  return `This direction separates the two groups in ${share} % of new pairs (50 % = guessing). ${verdict} The distance between the two means is ${fixed(length)}. It was found from ${count(counts[0])} pictures with, ${count(counts[1])} without.`;
}

function paint(canvas, { plus, minus }, theme) {
  const width = canvas.clientWidth;
  if (!width) return;
  const g = emptyContext(canvas, width, HEIGHT);
  const [low, high] = rangeOf([plus, minus]);
  for (const [name, values] of [["minus", minus], ["plus", plus]]) {
    const bars = histogram(values, low, high);
    const top = Math.max(...bars);
    g.fillStyle = COLOURS[name][Number(theme.dark)];
    g.globalAlpha = 0.6;
    bars.forEach((bar, k) => g.fillRect((k * width) / BINS, HEIGHT - 1 - (bar / top) * (HEIGHT - 6), width / BINS + 0.5, (bar / top) * (HEIGHT - 6)));
  }
  g.globalAlpha = 1;
  g.fillStyle = theme.ink;
  g.fillRect(0, HEIGHT - 1, width, 1);
}

function rangeOf(groups) {
  let [low, high] = [Infinity, -Infinity];
  for (const group of groups) for (const value of group) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return [low, high > low ? high : low + 1];
}

function histogram(values, low, high) {
  const bars = new Array(BINS).fill(0);
  for (const value of values) bars[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))] += 1;
  return bars;
}

/**
 * Mean of the codes with minus mean of those without.
 * @param {number[]} plus  numbers of codes; at least 4 in each group
 * @returns {{vector: number[], length: number, auc: number, error: number, plus: number[], minus: number[]}} auc: the
 *   share of held-out pairs that the direction orders rightly, 1/2 by chance; its standard error (Hanley and McNeil
 *   1982, eq. 1); plus, minus: held-out codes along the direction, in units of z
 * @throws {Error} one sentence, for groups that are too small or have the same mean
 */
export function direction({ mu }, D, plus, minus) {
  for (const [name, group] of [["first", plus], ["second", minus]]) {
    if (group.length < FEWEST) throw new Error(`The ${name} group holds ${group.length ? plural(group.length, "picture") : "no picture"}, and ${FEWEST} are needed: two for its mean, two to test it. Choose a larger group, or draw the lasso around points.`);
  }
  const vector = difference(mu, D, plus, minus);
  const length = Math.hypot(...vector);
  if (length < 1e-9) throw new Error("The two groups have the same mean code, so there is no direction between them: choose another group.");
  const half = (group, rest) => group.filter((_, k) => k % 2 === rest);
  const judged = difference(mu, D, half(plus, 0), half(minus, 0));
  const unit = Math.hypot(...judged) || 1;
  const along = (n) => judged.reduce((sum, value, j) => sum + (value / unit) * mu[n * D + j], 0);
  const [p, m] = [half(plus, 1).map(along), half(minus, 1).map(along)];
  return { vector, length, ...separation(p, m), plus: p, minus: m };
}

function difference(mu, D, plus, minus) {
  const [a, b] = [meanOf(mu, D, plus), meanOf(mu, D, minus)];
  return a.map((value, j) => value - b[j]);
}

/** How well one number a picture tells two groups apart. */
function separation(plus, minus) {
  const share = auc(plus, minus);
  const few = Math.min(plus.length, minus.length);
  const a = (share * few + 0.5) / (few + 1); // drawn half a picture towards chance: all right does not mean never wrong
  const [both, neither] = [a / (2 - a), (2 * a ** 2) / (1 + a)];
  const variance = a * (1 - a) + (plus.length - 1) * (both - a ** 2) + (minus.length - 1) * (neither - a ** 2);
  return { auc: share, error: Math.sqrt(Math.max(variance, 0) / (plus.length * minus.length)) };
}

function meanOf(mu, D, group) {
  const mean = new Array(D).fill(0);
  for (const n of group) for (let j = 0; j < D; j++) mean[j] += mu[n * D + j] / group.length;
  return mean;
}

/** The share of pairs in which the first is larger, ties counting half (Mann and Whitney 1947). */
function auc(plus, minus) {
  const sorted = minus.slice().sort((a, b) => a - b);
  const below = (value, strict) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (strict ? sorted[middle] < value : sorted[middle] <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return plus.reduce((sum, value) => sum + below(value, true) + below(value, false), 0) / (2 * plus.length * minus.length);
}
