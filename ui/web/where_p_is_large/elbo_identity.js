/**
 * log p(x) = ELBO + KL(q ‖ p(z|x)) and ELBO = E_q log p(x|z) − KL(q ‖ p(z)), as bars whose numbers add up; of a linear
 * model in closed form too, twin of vae_core/models/linear_gaussian.py.
 */

import { kl } from "../engine/gaussian.js";
import { gaussianLogProb } from "../engine/likelihood.js";
import { h, setText, throttle } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { TURNING_MS, keyOf } from "./view.js";

const ROWS = [
  ["expected", "", "E_q log p(x|z)", "expected-log-px", "how well q's pictures explain x"],
  ["rate", "−", "KL(q ‖ p(z))", "rate", "the nats it takes to say where z is"],
  ["elbo", "=", "ELBO", "elbo", "what training raises"],
  ["gap", "+", "KL(q ‖ p(z|x))", "kl-q-post", "how far q is from the exact posterior"],
  ["logPx", "=", "log p(x)", "log-px", "exact, by quadrature"],
];
const UNIT = 0.01; // the last digit that is shown

export function createIdentity(store) {
  const { state } = store;
  const rows = ROWS.map((row) => createRow(...row));
  const exact = h("p.note");
  const note = h("p.convention");
  const left = h("span");
  const right = h("span");
  const element = h("section.panel.identity", { "aria-label": "The identity", "aria-live": "off" },
    h("header", {}, h("h2", {}, "The identity, for this x")),
    h("div.bars", {}, ...rows.map((row) => row.element), h("div.ends", { "aria-hidden": "true" }, left, right)),
    exact, note, createExplanations(store, ["identity"]));

  const soon = throttle(show, TURNING_MS);
  store.on(["closed", "sigma", "q", "x", "drawing", "model"], () => exact.replaceChildren(...closedWords(state)));
  store.on(["lattice", "sigma", "q", "x", "drawing", "model", "theme"], () => (state.turning ? soon() : show()));

  function show() {
    const { identity } = state;
    element.classList.toggle("stale", !identity);
    if (!identity) return setText(note, state.lattice ? "Computing the exact log p(x) of this x …" : "");
    const shown = adding(identity);
    const range = rangeOf(shown);
    rows.forEach((row) => row.show(shown, range));
    setText(left, `${fixed(range[0], 1)} nats`);
    setText(right, fixed(range[1], 1));
    setText(note, noteOf(state, identity));
  }
  return { element, stop: soon.cancel };
}

/**
 * The numbers at two digits, so that both sums hold for the digits shown: E_q log p(x|z) and KL(q ‖ p(z|x)) are the
 * differences of the others. Each is at most one last digit from its own value.
 */
function adding({ rate, elbo, logPx }) {
  const cents = (v) => Math.round(v / UNIT);
  const [r, e, l] = [rate, elbo, logPx].map(cents);
  return { expected: (e + r) * UNIT, rate: r * UNIT, elbo: e * UNIT, gap: (l - e) * UNIT, logPx: l * UNIT };
}

/** From below the ELBO to above all: bars that start at the left are cut there, as the caption says. */
function rangeOf({ expected, elbo, logPx }) {
  const [low, high] = [Math.min(elbo, logPx), Math.max(expected, logPx)];
  const room = Math.max(0.5, high - low);
  return [low - 0.45 * room, high + 0.06 * room];
}

function createRow(key, sign, name, id, title) {
  const bar = h("span.fill");
  const value = h("strong.number", { "data-testid": id }, "–");
  const element = h("div.bar-row", { class: `bar-row ${key}`, title },
    h("span.sign", { "aria-hidden": "true" }, sign), h("span.name", {}, name),
    h("span.track", { "aria-hidden": "true" }, bar), value);

  function show(shown, [low, high]) {
    const from = { rate: shown.elbo, gap: shown.elbo }[key] ?? low;
    const to = { rate: shown.expected, gap: shown.logPx }[key] ?? shown[key];
    const at = (v) => (100 * (v - low)) / (high - low);
    bar.style.left = `${at(from)}%`;
    bar.style.width = `max(2px, ${at(to) - at(from)}%)`;
    setText(value, fixed(shown[key]));
  }
  return { element, show };
}

/** Of a linear model all is known: its numbers in closed form, and what that makes of q. */
function closedWords(state) {
  const { closed, sigma, q, model } = state;
  if (!closed || !model || !q || closed.of !== keyOf(state)) return [];
  const { logPx, klPostPrior, expected } = closedForm(closed, sigma, model.pixels);
  const gap = logPx - (expected - kl(q.mu, q.logvar));
  return [
    "This model is linear. In closed form, without any quadrature: log p(x) = ",
    h("span.number", { "data-testid": "closed-log-px" }, fixed(logPx)), ", KL(p(z|x) ‖ p(z)) = ",
    h("span.number", { "data-testid": "closed-kl" }, fixed(klPostPrior)), ` nats. ${exactOrNot(gap)}`,
  ];
}

/** A trained encoder is not exact, and none is at another σ than its own. */
export function exactOrNot(gap) {
  return gap < UNIT / 2
    ? "q(z|x) is the exact posterior here, so the ELBO is log p(x)."
    : `q(z|x) is not the exact posterior here: the ELBO is ${fixed(gap)} nats below log p(x).`;
}

function noteOf({ info, truth }, identity) {
  const check = identity.check === null ? "" : ` KL(q ‖ p(z|x)), computed separately as a sum over z: ${fixed(identity.check)}.`;
  const density = info.likelihood.kind === "gaussian" ? "p(x|z) is a density on all real numbers (white = 1), so log p may be positive. " : "";
  return `${density}log p(x) by quadrature over z, error about ${small(truth.error)}; E_q by quadrature over q, error about `
    + `${small(identity.expectedError)}; the rate in closed form. Bars are cut at the left.${check}`;
}

/** An error in nats: "< 0.0001", or two digits that count. */
const small = (error) => (error < 1e-4 ? "< 0.0001" : Number(error.toPrecision(1)).toString());

/**
 * log p(x) and KL(p(z|x) ‖ p(z)) of a linear model in closed form, at any σ.
 * @param {{squared: number, strengths: number[], along: number[]}} model  ‖x − b‖², the squared singular values of W, and
 *   the squares of x − b along its left singular vectors
 *   energy_of_q  the mean of ‖x − Wz − b‖² over q
 * @returns {{logPx: number, klPostPrior: number, expected: number}} nats; expected: E_q log p(x|z)
 */
export function closedForm({ squared, strengths, along, energy_of_q: energy }, sigma, pixels) {
  const variance = sigma * sigma;
  let [explained, logDet, kl] = [0, 0, 0];
  strengths.forEach((strength, i) => {
    const [lambda, a2] = [strength / variance, along[i] / variance];
    explained += (a2 * variance * lambda) / (1 + lambda);
    logDet += Math.log1p(lambda);
    kl += 0.5 * (Math.log1p(lambda) - lambda / (1 + lambda) + (a2 * lambda) / (1 + lambda) ** 2);
  });
  const logPx = gaussianLogProb(squared - explained, sigma, pixels) - 0.5 * logDet;
  return { logPx, klPostPrior: kl, expected: gaussianLogProb(energy, sigma, pixels) };
}
