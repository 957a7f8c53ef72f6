/** The race's sentence: how many samples the prior needs, and how often that many suffice. */

import { h } from "../../latent_pad/static/dom.js";
import { count, fixed } from "../../latent_pad/static/format.js";

const LARGEST = 15; // the power of ten up to which a number of samples is written out

/** @returns {(Node | string)[]} */
export function verdict(state) {
  const { truth, fresh, n, judged, lattice } = state;
  if (!truth || !fresh) return [state.lattice ? "Computing the exact posterior of this x …" : ""];
  const kl = truth.klPostPrior;
  const parts = [
    "The prior needs about exp KL(p(z|x) ‖ p(z)) = exp ", h("strong.number", { "data-testid": "kl-post-prior" }, fixed(kl)),
    ` ≈ ${manyOf(kl)} samples for this x. `,
  ];
  parts.push(isJudged(state)
    ? `In ${judged.success.races} repeated races with n = ${count(n)} its estimate reached at least half of p(x) in ${percent(judged.success.share)}. `
    : `How often n = ${count(n)} suffice is being counted … `);
  const pace = Math.log(n) - kl;
  parts.push(pace > 2
    ? "Here the prior can win: in two dimensions it often does."
    : pace < -2 ? "So the prior is far from its finish; the encoder draws z where p(x|z) is large." : "That is about where its luck turns.");
  return parts;
}

/** Whether what the server said of a race is of this one: σ is sent with four decimals. */
export const isJudged = ({ judged, lattice, n, sigma }) =>
  !!judged && judged.of === lattice?.of && judged.n === n && Math.abs((judged.sigma ?? 0) - (sigma ?? 0)) < 1e-4;

function manyOf(kl) {
  const many = Math.exp(kl);
  if (many < 1000) return String(Math.round(many));
  if (many > 10 ** LARGEST) return `10^${Math.round(kl / Math.LN10)}`;
  const digit = 10 ** (Math.floor(Math.log10(many)) - 1);
  return count(Math.round(many / digit) * digit);
}

const percent = (share) => `${fixed(100 * share, 0)} %`;
