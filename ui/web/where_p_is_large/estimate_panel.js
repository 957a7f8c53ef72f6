/**
 * Running estimates of log p(x): controls, curves, how many samples are needed, and for both proposals how far their
 * weights can be trusted.
 */

import { nextSeed } from "../engine/random.js";
import { button, h, iconButton, setText, throttle } from "../shared/dom.js";
import { count, fixed, many, measured, rounded } from "../shared/format.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { countDraws } from "./derived_state.js";
import { createEstimateChart } from "./estimate_chart.js";
import { markAt, milestones } from "./running_estimate.js";
import { TURNING_MS } from "./view.js";

const PLAY = "M6 4l10 6-10 6Z";
const PAUSE = "M6 4v12M13 4v12";
const STEP = "M5 4l8 6-8 6ZM15 4v12";
const END = "M4 4l6 6-6 6M10 4l6 6-6 6";
const PLAY_MS = 7000; // from the first sample to the last
const STEPS = 500;
const LARGEST_KHAT = 10; // beyond, the number says no more
const HOPELESS = 700; // nats below p(x): exp of it is 0 in floating point

export function createEstimatePanel(store) {
  const { state } = store;
  const chart = createEstimateChart(store);
  const sentence = h("p.verdict");
  const note = h("p.convention");
  const table = createTable(state);
  const element = h("section.panel.race", { "aria-label": "The race" },
    h("header", {}, h("h2", {}, "The race: log p(x) from n samples of z")),
    createControls(store), sentence,
    h("div.track-and-table", {}, chart.element, table.element), note, createExplanations(store, ["race"]));
  const soon = throttle(show, TURNING_MS);
  const keys = ["runs", "shown", "race", "sigma", "n", "truth", "lattice", "judged", "x", "drawing", "model", "seed", "theme", "chartWidth"];
  store.on(keys, () => (state.turning ? soon() : show()));

  function show() {
    element.classList.toggle("stale", !state.runs || !state.fresh || countDraws(state) < state.n || state.race.seed !== state.seed);
    sentence.replaceChildren(...describeVerdict(state));
    setText(note, noteOf(state));
    table.show();
    chart.paint();
  }

  function stop() {
    soon.cancel();
    chart.stop();
  }
  return { element, stop };
}

function noteOf({ n, seed, race }) {
  if (!race) return "";
  const sent = race.proposals.prior.z.length / 2;
  const many = n > sent ? ` The map shows the first ${count(sent)}.` : "";
  return `Weights: p(x|z) for z from the prior, p(x|z) p(z) / q(z|x) for z from q. Bands: ± one standard error of the mean weight. `
    + `Seed ${seed}.${many} k̂ above 0.7: neither the estimate nor its band can be trusted.`;
}

function createControls(store) {
  const { state } = store;
  const value = h("output", {}, "–");
  const range = h("input", { type: "range", min: "0", max: STEPS, step: "1", "aria-label": "n, the number of samples", "data-testid": "n", oninput: moved });
  const play = iconButton(PLAY, "Play the race", () => store.set({ playing: !state.playing, touched: true }));
  const seed = h("span.unit");
  const element = h("div.row.control", {},
    play,
    iconButton(STEP, "One step", step),
    iconButton(END, "All n at once", () => store.set({ playing: false, reached: countDraws(state), touched: true })),
    h("label.slider", {}, h("span.name", {}, "n"), range, value),
    button("Again", () => store.set({ seed: nextSeed(state.seed), playing: false }), { "aria-label": "Draw both again" }),
    seed);

  function moved() {
    store.set({ n: wholeOf(Number(range.value) / STEPS, state.info.fields.n.most), playing: false, touched: true });
  }

  /** The next n at which the race is shown; after the last one it begins anew. */
  function step() {
    const at = milestones(countDraws(state));
    store.set({ playing: false, reached: at.find((n) => n > state.shown) ?? 1, touched: true });
  }

  store.on(["n", "shown", "race"], () => {
    range.value = Math.round((STEPS * Math.log(state.n)) / Math.log(state.info.fields.n.most));
    range.setAttribute("aria-valuetext", `${count(state.n)} samples`);
    const all = countDraws(state);
    setText(value, state.shown < all ? `${count(state.shown)} of ${count(state.n)}` : count(state.n));
  });
  store.on(["seed"], () => setText(seed, `seed ${state.seed}`));
  store.on(["playing"], () => {
    play.firstChild.firstChild.setAttribute("d", state.playing ? PAUSE : PLAY);
    play.setAttribute("aria-label", state.playing ? "Pause" : "Play the race");
    if (state.playing) animate(store);
  });
  return element;
}

/** n on a log scale, in steps of 1, 2 and 5 and what lies between. */
function wholeOf(u, most) {
  const n = most ** u;
  const digit = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);
  return Math.min(most, Math.max(1, Math.round(n / digit) * digit));
}

function animate(store) {
  const { state } = store;
  const at = milestones(countDraws(state));
  const first = state.shown >= countDraws(state) ? 0 : at.findIndex((n) => n >= state.shown);
  let begin = 0;
  const frame = (now) => {
    begin ||= now - (first / at.length) * PLAY_MS;
    if (!state.playing) return;
    const index = Math.floor(((now - begin) / PLAY_MS) * at.length);
    store.set(index < at.length ? { reached: at[index] } : { reached: at.at(-1), playing: false });
    if (index < at.length) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

const LINES = [
  ["estimate", "estimate of log p(x)", (mark) => (trusted(mark) ? rounded(mark.logPx, mark.stderr) : fixed(mark.logPx)), errorOf],
  ["off", "estimate − truth", (mark, truth) => fixed(mark.logPx - truth), () => ""],
  ["ess", "effective sample size", (mark) => essOf(mark), (mark) => `of ${count(mark.n)}`],
  ["share", "largest weight's share", (mark) => `${fixed(100 * mark.share, mark.share > 0.1 ? 0 : 1)} %`, () => ""],
  ["khat", "Pareto k̂", () => null, () => ""],
];

const FEWEST_EFFECTIVE = 10; // samples, below which a few weights decide and their spread says nothing of the error
const trusted = (mark) => mark.n > 1 && mark.ess >= FEWEST_EFFECTIVE && mark.stderr > 0;

function errorOf(mark) {
  if (mark.n === 1) return "no error from one sample";
  return trusted(mark) ? `± ${rounded(mark.stderr, mark.stderr)}` : "error unknown: too few effective samples";
}
const essOf = ({ ess }) => (ess < 99.5 ? fixed(ess, 1) : count(Math.round(ess)));

function createTable(state) {
  const cells = {};
  const cell = (proposal, id) => {
    const [value, more] = [h("strong.number", { "data-testid": `${id}-${proposal}` }, "–"), h("span.more")];
    cells[`${id}-${proposal}`] = { value, more };
    return h("td", {}, value, more);
  };
  const element = h("table.weights", {},
    h("caption.unseen", {}, "Prior and encoder after n samples"),
    h("thead", {}, h("tr", {}, h("td"), h("th.prior", { scope: "col" }, "◆ prior"), h("th.encoder", { scope: "col" }, "● encoder"))),
    h("tbody", {}, ...LINES.map(([id, name]) => h("tr", {}, h("th", { scope: "row" }, name), cell("prior", id), cell("encoder", id)))));

  function show() {
    const { runs, truth, shown, fresh } = state;
    for (const proposal of ["prior", "encoder"]) {
      const mark = runs && fresh && markAt(runs[proposal].marks, shown);
      for (const [id, , value, more] of LINES) {
        const to = cells[`${id}-${proposal}`];
        const hopeless = mark && (id === "estimate" || id === "off") && mark.logPx < truth.logPx - HOPELESS;
        setText(to.value, !mark ? "–" : hopeless ? hopelessOf(id, state) : id === "khat" ? khatOf(state, proposal) : value(mark, truth.logPx));
        setText(to.more, mark && !hopeless ? more(mark) : "");
      }
    }
  }
  return { element, show };
}

/** Weights that are 0 in floating point are said in words. */
const hopelessOf = (id, { shown }) => (id === "off" ? `below −${HOPELESS}` : shown === 1 ? "the sample explains x not at all" : `all ${count(shown)} samples explain x not at all`);

/** k̂ comes from the server, for all n draws. */
function khatOf(state, proposal) {
  const { judged, n, shown, seed } = state;
  if (shown < n) return "at the end";
  if (!isJudged(state) || judged.seed !== seed) return "…";
  const khat = judged.khat[proposal];
  if (khat === null) return n < 25 ? "needs n ≥ 25" : "none";
  return khat > LARGEST_KHAT ? `> ${LARGEST_KHAT}` : fixed(khat);
}

/** How many samples the prior needs, and how often that many suffice. @returns {(Node | string)[]} */
function describeVerdict(state) {
  const { truth, fresh, n, judged } = state;
  if (!truth || !fresh) return [state.lattice ? "Computing the exact posterior of this x …" : ""];
  const kl = truth.klPostPrior;
  const parts = [
    "The prior needs about exp KL(p(z|x) ‖ p(z)) = exp ", h("strong.number", { "data-testid": "kl-post-prior" }, fixed(kl)),
    ` ≈ ${many(kl)} samples for this x. `,
  ];
  parts.push(isJudged(state)
    ? `In ${judged.success.races} repeated races with n = ${count(n)} its estimate reached at least half of p(x) in ${measured(100 * judged.success.share, 100 * judged.success.error)} %. `
    : `How often n = ${count(n)} suffice is being counted … `);
  const pace = Math.log(n) - kl;
  parts.push(pace > 2
    ? "Here the prior can win: in two dimensions it often does."
    : pace < -2 ? "So the prior is far from its finish; the encoder draws z where p(x|z) is large." : "That is about where its luck turns.");
  return parts;
}

/** Whether what the server has measured belongs to the n, x and σ that are shown: σ is sent with four decimals. */
const isJudged = ({ judged, lattice, n, sigma }) =>
  !!judged && judged.of === lattice?.of && judged.n === n && Math.abs((judged.sigma ?? 0) - (sigma ?? 0)) < 1e-4;
