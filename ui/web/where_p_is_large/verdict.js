/** The sentence above the estimates: how many samples the prior needs, and how often that many suffice. */

import { h } from "../shared/dom.js";
import { count, fixed, many, measured } from "../shared/format.js";

/** @returns {(Node | string)[]} */
export function describeVerdict(state) {
  const { truth, fresh, n, judged, lattice } = state;
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
export const isJudged = ({ judged, lattice, n, sigma }) =>
  !!judged && judged.of === lattice?.of && judged.n === n && Math.abs((judged.sigma ?? 0) - (sigma ?? 0)) < 1e-4;
