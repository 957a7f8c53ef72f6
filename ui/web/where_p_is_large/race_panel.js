/**
 * Running estimates of log p(x): controls, curves, who has reached it with how many samples, and for each proposal how
 * far its weights can be trusted.
 */

import { nextSeed } from "../engine/random.js";
import { createCopyButton, tableText } from "../shared/copy.js";
import { button, h, iconButton, setText, throttle } from "../shared/dom.js";
import { count, fixed, many, measured, plural, rounded } from "../shared/format.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { createPlayButton } from "../shared/play_button.js";
import { GLYPHS, NAMES, RACERS } from "../shared/proposal_styles.js";
import { createSaveButton } from "../shared/save_dialog.js";
import { createTerm } from "../shared/term.js";
import { countDraws } from "./derived_state.js";
import { createEstimateChart } from "./estimate_chart.js";
import { NEAR, isTrusted, markAt, milestones, settledAt } from "./running_estimate.js";
import { TURNING_MS } from "./view.js";

const STEP = "M5 4l8 6-8 6ZM15 4v12";
const END = "M4 4l6 6-6 6M10 4l6 6-6 6";
const PLAY_MS = 7000; // from the first sample to the last
const STEPS = 500;
const LARGEST_KHAT = 10; // beyond, the number says no more
const HOPELESS = 700; // nats below p(x): exp of it is 0 in floating point
const FEWEST_FOR_KHAT = 25; // as many as the server asks for

export function createEstimatePanel(store) {
  const { state } = store;
  const chart = createEstimateChart(store);
  const finish = h("p.verdict", { "data-testid": "finish" });
  const sentence = h("p.note");
  const note = h("p.convention");
  const table = createTable(store);
  const element = h("section.panel.race", { "aria-label": "The race" },
    h("header", {}, h("h2", {}, "The race: log p(x) from n samples of z")),
    createControls(store), chart.element, finish, sentence, table.element, note,
    h("div.row.foot", {}, createExplanations(store, ["race"]), h("div.row.save", {}, createSaveButton("↓ Figure", "the race", chart.figureOf),
      createCopyButton("Copy table", "Copy the table of the race", () => tableText(table.element)))));
  const soon = throttle(show, TURNING_MS);
  const keys = ["runs", "shown", "race", "sigma", "n", "truth", "lattice", "judged", "x", "drawing", "model", "seed", "theme", "chartWidth"];
  store.on(keys, () => (state.turning ? soon() : show()));

  function show() {
    element.classList.toggle("stale", !state.runs || !state.fresh || countDraws(state) < state.n || state.race.seed !== state.seed);
    finish.replaceChildren(...describeFinish(state));
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

function noteOf(state) {
  const { n, seed, race, info } = state;
  if (!race) return "";
  const sent = race.proposals.prior.z.length / 2;
  const many = n > sent ? ` The map shows the first ${count(sent)}.` : "";
  const own = info.likelihood.kind === "gaussian" ? ", under the model's own σ" : "";
  return "Weights: p(x|z) for z from the prior, p(x|z) p(z) / q(z|x) for z from q, p(x|z) p(z) / r(z) for z from r, a mixture "
    + `of Student t on the modes of p(z|x), made for this x${own}. Bands: ± one standard error of the mean weight. Seed ${seed}.${many} `
    + `k̂ above ${thresholdOf(state)}: you cannot trust the estimate or its band. A k̂ below it is no proof: k̂ cannot show a mode that no sample reached.`;
}

function createControls(store) {
  const { state } = store;
  const value = h("output", {}, "–");
  const range = h("input", { type: "range", min: "0", max: STEPS, step: "1", "aria-label": "n, the number of samples", "data-testid": "n", oninput: moved });
  const { element: play, show } = createPlayButton("Play the race", () => store.set({ playing: !state.playing, touched: true, ...(!state.playing && { layers: withDraws(state) }) }), { class: "icon primary" });
  const seed = h("span.unit");
  const element = h("div.row.control", {},
    play,
    iconButton(STEP, "One step", step),
    iconButton(END, "All n at once", () => store.set({ playing: false, reached: countDraws(state), touched: true })),
    h("label.slider", {}, h("span.name", {}, "n"), range, value),
    button("Again", () => store.set({ seed: nextSeed(state.seed), playing: false }), { "aria-label": "Draw all again" }),
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
    show(state.playing);
    if (state.playing) animate(store);
  });
  return element;
}

/** The layers of the map with the draws among them, in the order of a link. */
const withDraws = ({ layers, info }) => info.fields.layers.options.filter((name) => name === "race" || layers.includes(name));

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

const TERMS = { estimate: "evidence", off: "nat", ess: "ess", khat: "khat" }; // words of the table that the glossary explains
const LINES = [
  ["estimate", "estimate of log p(x)", estimateOf, errorOf],
  ["off", "estimate − truth, nats", (mark, state) => fixed(mark.logPx - state.truth.logPx), () => ""],
  ["ess", "effective sample size", (mark) => essOf(mark), (mark) => `of ${count(mark.n)}`],
  ["share", "largest weight's share", (mark) => `${fixed(100 * mark.share, mark.share > 0.1 ? 0 : 1)} %`, () => ""],
  ["khat", "Pareto k̂", (mark, state, proposal) => khatOf(state, proposal), () => ""],
];

/** Whether k̂ of a proposal is known for what is shown, and above the threshold that belongs to so many weights. */
const isDoubtful = (state, proposal) => isDiagnosed(state) && state.judged.khat[proposal] > state.judged.threshold;

function estimateOf(mark, state, proposal) {
  return isTrusted(mark) && !isDoubtful(state, proposal) ? rounded(mark.logPx, mark.stderr) : fixed(mark.logPx);
}

function errorOf(mark, state, proposal) {
  if (mark.n === 1) return "no error from one sample";
  if (isDoubtful(state, proposal)) return `not reliable: k̂ is above ${thresholdOf(state)}`;
  return isTrusted(mark) ? `± ${rounded(mark.stderr, mark.stderr)}` : "error unknown: too few effective samples";
}
const essOf = ({ ess }) => (ess < 99.5 ? fixed(ess, 1) : count(Math.round(ess)));

function createTable(store) {
  const { state } = store;
  const cells = {};
  const cell = (proposal, id) => {
    const [value, more] = [h("strong.number", { "data-testid": `${id}-${proposal}` }, "–"), h("span.more")];
    cells[`${id}-${proposal}`] = { value, more };
    return h("td", {}, value, more);
  };
  const heads = RACERS.map((proposal) => h("th", { scope: "col", class: proposal }, h("span", { "aria-hidden": "true" }, GLYPHS[proposal]), ` ${NAMES[proposal]}`));
  const element = h("table.weights", {},
    h("caption.unseen", {}, "Prior, encoder and the proposal made for x after n samples"),
    h("thead", {}, h("tr", {}, h("td"), ...heads)),
    h("tbody", {}, ...LINES.map(([id, name]) => h("tr", {}, h("th", { scope: "row" }, TERMS[id] ? createTerm(store, TERMS[id], name) : name), ...RACERS.map((proposal) => cell(proposal, id))))));

  function show() {
    const { runs, truth, shown, fresh } = state;
    RACERS.forEach((proposal) => {
      const mark = runs && fresh && markAt(runs[proposal].marks, shown);
      for (const [id, , value, more] of LINES) {
        const to = cells[`${id}-${proposal}`];
        const hopeless = mark && (id === "estimate" || id === "off") && mark.logPx < truth.logPx - HOPELESS;
        setText(to.value, !mark ? "–" : hopeless ? hopelessOf(id, state) : value(mark, state, proposal));
        setText(to.more, mark && !hopeless ? more(mark, state, proposal) : "");
      }
      cells[`estimate-${proposal}`].value.classList.toggle("doubtful", !!mark && isDoubtful(state, proposal));
    });
  }
  return { element, show };
}

/** Weights that are 0 in floating point are said in words. */
const hopelessOf = (id, { shown }) => (id === "off" ? `below −${HOPELESS}` : shown === 1 ? "the sample does not explain x at all" : `none of the ${count(shown)} samples explains x`);

/** k̂ comes from the server, for all n draws. */
function khatOf(state, proposal) {
  const { judged, n, shown } = state;
  if (shown < n) return "at the end";
  if (!isDiagnosed(state)) return "…";
  const khat = judged.khat[proposal];
  if (khat === null) return n < FEWEST_FOR_KHAT ? `needs n ≥ ${FEWEST_FOR_KHAT}` : "none";
  return khat > LARGEST_KHAT ? `> ${LARGEST_KHAT}` : fixed(khat);
}

/** The k̂ up to which so many weights can be trusted, where it is known. */
const thresholdOf = (state) => (state.n >= FEWEST_FOR_KHAT && isJudged(state) ? fixed(state.judged.threshold) : "its threshold");

/** Who has reached log p(x), to stay there as far as is shown, and how far off the others are. @returns {(Node | string)[]} */
function describeFinish(state) {
  const { runs, truth, fresh, shown } = state;
  if (!runs || !truth || !fresh) return [""];
  const found = Object.fromEntries(RACERS.map((name) => {
    const at = settledAt(runs[name].marks, shown, truth.logPx, NEAR);
    return [name, { at, off: markAt(runs[name].marks, shown).logPx - truth.logPx, doubtful: isDoubtful(state, name) }];
  }));
  return [`After ${plural(shown, "sample")}: `, ...describePrior(found), " ", ...describeMixture(found.mixture)];
}

/** The prior beside the encoder: who was there first, or is not yet. */
function describePrior({ prior, encoder }) {
  const strong = (name, text) => h("strong", { class: name }, text);
  const [the, other] = [strong("prior", "the prior"), strong("encoder", "the encoder")];
  if (prior.at === null && encoder.at === null) return [the, ` is ${offBy(prior)}, `, other, ` ${offBy(encoder)}.`];
  if (prior.at === null) return [the, ` is still ${offBy(prior)}; `, other, ` arrived at sample ${count(encoder.at)}.`];
  if (encoder.at === null) return [the, ` arrived at sample ${count(prior.at)} (${offBy(prior)}); `, other, ` is ${offBy(encoder)}.`];
  if (encoder.at < prior.at) return [the, ` arrived at sample ${count(prior.at)} (${offBy(prior)}); `, other, ` was first, at sample ${count(encoder.at)}.`];
  if (encoder.at > prior.at) return [the, ` was first, at sample ${count(prior.at)} (${offBy(prior)}); `, other, ` arrived at sample ${count(encoder.at)}.`];
  return [the, " and ", other, ` both arrived at sample ${count(prior.at)}.`];
}

function describeMixture(mixture) {
  const there = mixture.at === null ? ` is ${offBy(mixture)}.` : ` arrived at sample ${count(mixture.at)}.`;
  return [h("strong", { class: "mixture" }, "The proposal made for x"), there];
}

/** "0.11 nats off", "12.3 nats too low". */
function offBy({ off, doubtful }) {
  if (off < -HOPELESS) return `more than ${HOPELESS} nats too low`;
  if (Math.abs(off) <= NEAR) return `${fixed(Math.abs(off))} nats off${doubtful ? ", but its k̂ is too high" : ""}`;
  return `${fixed(Math.abs(off), 1)} nats too ${off < 0 ? "low" : "high"}`;
}

/** What "there" means, how many samples the prior needs, and how often that many suffice. @returns {(Node | string)[]} */
function describeVerdict(state) {
  const { truth, fresh, n, judged } = state;
  if (!truth || !fresh) return [state.lattice ? "Computing the exact posterior of this x …" : ""];
  const kl = truth.klPostPrior;
  return [
    "A runner has arrived when its estimate is between half and twice p(x) (the grey band) and stays there for all later samples shown. The prior needs about exp KL(p(z|x) ‖ p(z)) = exp ",
    h("strong.number", { "data-testid": "kl-post-prior" }, fixed(kl)), ` ≈ ${many(kl)} samples for this x. `,
    isJudged(state)
      ? `We repeated the prior's race ${judged.success.races} times with n = ${count(n)}: the estimate was at least half of p(x) in ${measured(100 * judged.success.share, 100 * judged.success.error)} %.`
      : `How often n = ${count(n)} suffice is being counted …`,
  ];
}

/** Whether what the server has measured belongs to the n, x and σ that are shown: σ is sent with four decimals. */
const isJudged = ({ judged, lattice, n, sigma }) =>
  !!judged && judged.of === lattice?.of && judged.n === n && Math.abs((judged.sigma ?? 0) - (sigma ?? 0)) < 1e-4;

/** Whether k̂ belongs to the draws that are shown: to all of them, and to their seed. */
const isDiagnosed = (state) => state.shown >= state.n && isJudged(state) && state.judged.seed === state.seed;
