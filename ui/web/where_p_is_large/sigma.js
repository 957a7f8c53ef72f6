/**
 * σ of the Gaussian p(x|z): a slider whose every move weighs again what was decoded before, and the term of log p(x|z)
 * that makes this possible.
 */

import { gaussianLogProb } from "../engine/likelihood.js";
import { button, debounce, h, setText } from "../shared/dom.js";
import { fixed } from "../shared/format.js";

const STEPS = 400;
const BERNOULLI = "This model is Bernoulli: the mean of a pixel fixes its variance, so there is no σ. "
  + "To change σ, choose a Gaussian model.";

export function createSigma(store) {
  const { state } = store;
  const value = h("output", {}, "–");
  const range = h("input", { type: "range", min: "0", max: STEPS, step: "1", "aria-label": "σ of p(x|z)", "data-testid": "sigma", oninput: moved });
  const tick = h("span.own", { "aria-hidden": "true" });
  const own = button("Model's own", () => store.set({ sigma: state.info.likelihood.sigma }), { class: "quiet" });
  const control = h("div.row.control", {}, h("label.slider", {}, h("span.name", {}, "σ"), h("span.ruled", {}, range, tick), value), own);
  const note = h("p.note");
  const element = h("section.panel.sigma", { "aria-label": "The likelihood" },
    h("header", {}, h("h2", {}, "The likelihood")), control, note);

  const rested = debounce(() => store.set({ turning: false }), 200);

  function moved() {
    const u = Number(range.value) / STEPS;
    const { least, most } = state.info.fields.sigma;
    store.set({ sigma: Math.round(least * (most / least) ** u * 1e4) / 1e4, turning: true, touched: true });
    rested();
  }

  const place = (sigma, { least, most }) => (STEPS * Math.log(Math.min(most, Math.max(least, sigma)) / least)) / Math.log(most / least);
  store.on(["info", "sigma"], () => {
    const { info, sigma } = state;
    if (!info) return;
    const gaussian = info.likelihood.kind === "gaussian";
    control.hidden = !gaussian;
    if (!gaussian) return setText(note, BERNOULLI);
    const trained = info.likelihood.sigma;
    range.value = Math.round(place(sigma, info.fields.sigma));
    range.setAttribute("aria-valuetext", fixed(sigma, 3));
    tick.style.left = `${(100 * place(trained, info.fields.sigma)) / STEPS}%`;
    setText(value, fixed(sigma, 3));
    own.disabled = sigma === trained;
    setText(note, sigma === trained
      ? `The model was trained with σ = ${fixed(trained, 3)} (the mark). Make σ smaller: the spot shrinks, and fewer and fewer draws from the prior hit it.`
      : `Only p(x|z) has changed. The encoder was trained for σ = ${fixed(trained, 3)} (the mark) and does not change, so its q no longer fits.`);
  });
  return { element, stop: rested.cancel };
}

/**
 * What of log p(x|z) does not depend on σ: the energy of z. From it log p(x|z) follows at any σ without decoding.
 *
 * @typedef {Object} Energy
 * @property {(a: Float32Array, x: ArrayLike<number>) => number} of  from the decoder's output: the squared error
 *   ‖x − mean‖² of a Gaussian, −log p(x|z) of a Bernoulli
 * @property {(sigma: number | null) => (energy: number) => number} at  log p(x|z), nats, from the energy
 */

/** @param {import("../engine/likelihood.js").Likelihood} likelihood  @returns {Energy} */
export function createSigmaFreeTerm({ kind, squaredError, logProb }, pixels) {
  if (kind === "bernoulli") return { of: (a, x) => -logProb(a, x), at: () => (energy) => -energy };
  return { of: squaredError, at };

  function at(sigma) {
    const [scale, shift] = [-0.5 / (sigma * sigma), gaussianLogProb(0, sigma, pixels)];
    return (energy) => scale * energy + shift;
  }
}
