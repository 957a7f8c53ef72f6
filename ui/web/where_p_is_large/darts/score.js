/** What the darts of each aim say of p(x), as a table and in a sentence. */

import { createCopyButton, tableText } from "../../shared/copy.js";
import { h, setText } from "../../shared/dom.js";
import { count, fixed, many, measured, plural, rounded } from "../../shared/format.js";
import { GLYPHS, NAMES } from "../../shared/proposal_styles.js";
import { NEAR, isTrusted } from "../running_estimate.js";
import { AIMS } from "./rounds.js";

const HALF = 0.5;

const LINES = [
  ["thrown", "darts", ({ thrown }) => count(thrown), () => ""],
  ["hits", "hits: p(x|z) ≥ p(x)", ({ hits }) => (hits === null ? "unknown" : count(hits)), ({ hits, thrown }) => (hits === null ? "" : `${fixed((100 * hits) / thrown, 0)} %`)],
  ["estimate", "estimate of log p(x)", ({ mark }) => estimateOf(mark), ({ mark }) => errorOf(mark)],
  ["off", "estimate − log p(x)", ({ mark }, { log_px: logPx }) => (logPx === null ? "unknown" : fixed(mark.logPx - logPx)), () => ""],
  ["share", "largest share of one dart", ({ mark }) => `${fixed(100 * mark.share, mark.share > 0.1 ? 0 : 1)} %`, () => ""],
];

export function createScore(store) {
  const { state } = store;
  const verdict = h("p.verdict", { role: "status", "data-testid": "darts-words" });
  const truth = h("p.note");
  const table = createTable(state);
  const element = h("section.score", { "aria-label": "What the darts say" }, table.element, truth,
    h("div.row.save", {}, createCopyButton("Copy table", "Copy the table of the darts", () => tableText(table.element))));
  store.on(["rounds", "aim", "truth", "convention", "problem", "room"], () => {
    setText(verdict, state.problem ?? (state.rounds ? describe(state) : "Throwing …"));
    setText(truth, state.truth ? describeTruth(state) : "");
    table.show();
  });
  return { verdict, element };
}

function createTable(state) {
  const cells = {};
  const cell = (aim, id) => {
    const [value, more] = [h("strong.number", { "data-testid": `${id}-${aim}` }, "–"), h("span.more")];
    cells[`${id}-${aim}`] = { value, more };
    return h("td", {}, value, more);
  };
  const heads = AIMS.map((aim) => h("th", { scope: "col", class: aim }, h("span", { "aria-hidden": "true" }, GLYPHS[aim]), ` ${NAMES[aim]}`));
  const element = h("table.weights", {},
    h("caption.unseen", {}, "The darts thrown at the prior, and those that the encoder aimed"),
    h("thead", {}, h("tr", {}, h("td"), ...heads)),
    h("tbody", {}, ...LINES.map(([id, name]) => h("tr", {}, h("th", { scope: "row" }, name), ...AIMS.map((aim) => cell(aim, id))))));

  function show() {
    for (const aim of AIMS) {
      const round = state.rounds?.[aim];
      for (const [id, , value, more] of LINES) {
        const to = cells[`${id}-${aim}`];
        setText(to.value, round?.thrown ? value(round, state.truth) : id === "thrown" && round ? "0" : "–");
        setText(to.more, round?.thrown ? more(round) : "");
      }
    }
  }
  return { element, show };
}

const estimateOf = (mark) => (isTrusted(mark) ? rounded(mark.logPx, mark.stderr) : fixed(mark.logPx));

function errorOf(mark) {
  if (mark.n === 1) return "no error from one dart";
  return isTrusted(mark) ? `± ${rounded(mark.stderr, mark.stderr)}` : "error unknown: too few darts carry it";
}

function describeTruth({ truth, convention }) {
  const { log_px: logPx, error, exact } = truth;
  const known = logPx === null ? "Nobody knows log p(x) here: the proposal made for this x is not reliable, so no hits are counted."
    : exact ? `log p(x) = ${fixed(logPx)} nats, exact, by quadrature.`
      : `log p(x) = ${measured(logPx, error)} nats, by 20,000 samples of the proposal made for this x.`;
  return `${known} ${convention}`;
}

/** What the darts of the present aim say together. */
function describe({ rounds, aim, truth, room }) {
  const { thrown, hits, mark } = rounds[aim];
  if (!thrown && room?.open) return "The class throws: each member presses “Throw” once.";
  if (!thrown) {
    return aim === "prior" ? "Throw: each dart is one z from the prior p(z), and its picture is what the decoder makes of it."
      : "Throw: now the encoder has seen x, and each dart is one z from q(z|x).";
  }
  const all = aim === "prior" ? plural(thrown, "dart") : `${plural(thrown, "dart")} that the encoder aimed`;
  const heavy = thrown > 1 && mark.share >= HALF ? ` One dart has ${fixed(100 * mark.share, 0)} % of all weight.` : "";
  if (hits === null) return `${all} thrown.${heavy}`;
  const hit = hits === 0 ? (thrown === 1 ? "The dart does not hit." : `None of ${all} hits.`)
    : thrown === 1 ? "The dart hits." : `Of ${all}, ${count(hits)} ${hits === 1 ? "hits" : "hit"}.`;
  return `${hit}${heavy} ${describeOff(mark.logPx - truth.log_px, thrown)}`;
}

function describeOff(off, thrown) {
  const who = thrown === 1 ? "This dart's estimate" : "Their estimate";
  if (Math.abs(off) <= NEAR) return `${who} of log p(x) is ${fixed(Math.abs(off))} nats off: between half and twice p(x).`;
  return `${who} of p(x) is ${many(Math.abs(off))} times too ${off < 0 ? "small" : "large"} (${fixed(Math.abs(off), 1)} nats).`;
}
