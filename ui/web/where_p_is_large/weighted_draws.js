/**
 * Why the encoder's draws are weighted: z from q(z|x), its height p(x|z), its weight p(z) / q(z|x), their product, and the mean
 * of the products beside the mean of the heights. All but the weight is in units of p(x), so that the truth is 1.
 */

import { button, h, setText, throttle } from "../shared/dom.js";
import { count, many, plural, vector } from "../shared/format.js";
import { createPicture } from "../shared/picture.js";
import { countDraws } from "./derived_state.js";
import { TURNING_MS } from "./view.js";

const ROWS = 4; // draws in the table, the latest last
const LEAST = 1e-4; // smaller numbers are said in words
const LARGEST = Math.log(1e6); // nats: larger numbers are powers of ten
const SAME = 0.05; // nats between both means, below which the weights make no difference
const SCALE = [1e-2, 1e6]; // of the bars, in units of p(x)
const RESTART = ["race", "x", "drawing", "seed", "n", "model"];

export function createWeightedDraws(store) {
  const { state } = store;
  const picture = createPicture("Mean of p(x|z) at the latest draw");
  const place = h("span.number", {}, "–");
  const next = button("Next draw", () => store.set({ stepped: Math.min(state.stepped + 1, placesOf(state)) }), { "data-testid": "next-draw" });
  const rest = button("The rest", () => store.set({ stepped: countDraws(state) }), { "data-testid": "rest" });
  const again = button("Start again", () => store.set({ stepped: 0 }), { class: "quiet" });
  const body = h("tbody");
  const bars = { weighted: createBar("with the weight", "mean-weighted"), heights: createBar("without it", "mean-heights") };
  const said = h("p.verdict", { "data-testid": "weighted-words" });
  const element = h("section.panel.weighting", { "aria-label": "Why the weights" },
    h("header", {}, h("h2", {}, "Why the encoder's draws are weighted")),
    h("p.note", {}, "p(x) is a mean of p(x|z) over the ", inColour("prior", "prior p(z)"), ". The ", inColour("encoder", "encoder q(z|x)"),
      " draws z where p(x|z) is large, so it draws such z far more often than the prior does. The weight ",
      inColour("prior", "p(z)"), " / ", inColour("encoder", "q(z|x)"), " corrects this for each draw."),
    h("div.row", {}, next, rest, again),
    h("div.steps", {},
      h("figure", {}, picture.canvas, h("figcaption", {}, h("strong", {}, "the latest z"), place)),
      h("table.weights", {},
        h("caption.unseen", {}, "The latest draws from q(z|x), in units of p(x)"),
        h("thead", {}, h("tr", {}, ...["draw", "height p(x|z)", "× weight", "= product", "mean of products"].map((name) => h("th", { scope: "col" }, name)))),
        body)),
    h("div.means", {}, bars.weighted.element, bars.heights.element),
    said,
    h("p.convention", {}, "Heights, products and means are in units of p(x), so 1 is the exact value. The line in both bars marks 1. Their scale is logarithmic. "
      + "The draws are those of the encoder in the race."));
  const soon = throttle(show, TURNING_MS);
  store.on(RESTART, () => state.stepped && store.set({ stepped: 0 }));
  store.on(["stepped", "runs", "truth", "fresh", "model"], () => (state.turning ? soon() : show()));

  function show() {
    const { runs, truth, fresh, race, stepped, model } = state;
    const ready = !!(runs && truth && fresh && model && runs.encoder);
    const all = stepped > 0 && stepped === countDraws(state);
    next.disabled = !ready || stepped >= placesOf(state);
    rest.disabled = !ready || all;
    again.disabled = stepped === 0;
    const draws = ready ? drawsOf(state) : [];
    body.replaceChildren(...rowsOf(draws));
    const z = draws.length && stepped <= placesOf(state) ? Array.from(race.proposals.encoder.z.subarray(2 * stepped - 2, 2 * stepped)) : null;
    setText(place, z ? vector(z) : "–");
    if (z) picture.show(model.likelihood.meanInto(model.decodeRaw(z), new Float32Array(model.pixels)), model.imageShape);
    else picture.clear();
    const means = draws.length ? { weighted: meanOf(draws, "product"), heights: meanOf(draws, "height") } : null;
    for (const [name, bar] of Object.entries(bars)) bar.show(means?.[name]);
    said.replaceChildren(...describe(means, stepped, all));
  }
  return { element, stop: soon.cancel };
}

const inColour = (name, text) => h("strong", { class: name }, text);

/** How many draws have their place sent along: the others are weighed unseen. */
const placesOf = (state) => (state.race ? Math.min(countDraws(state), state.race.proposals.encoder.z.length / 2) : 0);

/** The draws so far, as logarithms: the height p(x|z) / p(x), the weight p(z) / q(z|x), and their product. */
function drawsOf({ race, runs, truth, stepped }) {
  const { offset } = race.proposals.encoder;
  const draw = (_, k) => {
    const product = runs.encoder.weight(k) - truth.logPx;
    return { height: product - offset[k], weight: offset[k], product };
  };
  return Array.from({ length: stepped }, draw);
}

/** The logarithm of the mean of what `key` names. */
function meanOf(draws, key) {
  const most = draws.reduce((a, draw) => Math.max(a, draw[key]), -Infinity);
  return most + Math.log(draws.reduce((sum, draw) => sum + Math.exp(draw[key] - most), 0) / draws.length);
}

/** The latest draws, the last one last, and empty rows before there are as many. */
function rowsOf(draws) {
  const first = Math.max(0, draws.length - ROWS);
  const row = (name, ...cells) => h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell)));
  const found = draws.slice(first).map(({ height, weight, product }, k) =>
    row(count(first + k + 1), written(height), written(weight), written(product), h("strong", {}, written(meanOf(draws.slice(0, first + k + 1), "product")))));
  return [...found, ...Array.from({ length: ROWS - found.length }, () => row("–", "–", "–", "–", "–"))];
}

/** The number whose logarithm this is, with three digits. */
function written(log) {
  if (log > LARGEST) return many(log);
  const value = Math.exp(log);
  if (value < LEAST) return `below ${LEAST}`;
  return value >= 100 ? count(Number(value.toPrecision(3))) : String(Number(value.toPrecision(3)));
}

/** A bar on a logarithmic scale, with a line where the truth is. */
function createBar(name, id) {
  const [low, high] = SCALE.map(Math.log);
  const at = (log) => (100 * (Math.min(high, Math.max(low, log)) - low)) / (high - low);
  const fill = h("span.fill");
  const value = h("strong.number", { "data-testid": id }, "–");
  const element = h("div.mean-row", { class: `mean-row ${id}` }, h("span.name", {}, name),
    h("span.track", { "aria-hidden": "true" }, fill, h("span.truth", { style: `left: ${at(0)}%` })), value);

  function show(log) {
    fill.style.width = log === undefined ? "0" : `${at(log)}%`;
    setText(value, log === undefined ? "–" : written(log));
  }
  return { element, show };
}

/** What the means say. @returns {(Node | string)[]} */
function describe(means, stepped, all) {
  if (!means) return ["Press “Next draw” a few times: each draw adds its product to the mean. Then press “The rest”."];
  const { weighted, heights } = means;
  const sentence = [
    `After ${plural(stepped, "draw")} the mean with the weight is `, h("strong", {}, written(weighted)), " × p(x), an estimate of p(x). ",
    "Without the weight it is ", h("strong", {}, written(heights)), " × p(x). ",
  ];
  if (Math.abs(heights - weighted) < SAME) return [...sentence, "Here q(z|x) is nearly the prior, so the weights make little difference."];
  return [...sentence, all
    ? "That is the mean of p(x|z) over q(z|x), which is another number: more draws do not bring it to p(x)."
    : "With more draws this approaches another number: the mean of p(x|z) over q(z|x)."];
}
