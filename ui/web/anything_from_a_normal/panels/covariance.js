/** The Gaussian's Cholesky factor as sliders, for whoever does not drag its columns, and the covariance that it gives. */

import { h, setText } from "../../shared/dom.js";
import { fixed } from "../../shared/format.js";
import { LEAST, MOST } from "../maps.js";

const ENTRIES = [["L₁₁", LEAST], ["L₂₁", -MOST], ["L₂₂", LEAST]];

export function createCovariance(store) {
  const { state } = store;
  const sliders = ENTRIES.map(([name, least], k) => {
    const range = h("input", {
      type: "range", min: least, max: MOST, step: "0.01", "aria-label": name, "data-testid": `lower-${k}`,
      oninput: () => store.set({ lower: state.lower.map((v, j) => (j === k ? Number(range.value) : v)) }),
    });
    const value = h("output");
    return { range, value, element: h("label.slider.entry", {}, h("span", {}, name), range, value) };
  });
  const sigma = h("output.sigma", { "data-testid": "covariance" });
  const element = h("div.row.covariance", { hidden: true, role: "group", "aria-label": "Cholesky factor L" }, ...sliders.map((slider) => slider.element), sigma);

  store.on(["map", "lower"], () => {
    element.hidden = state.map !== "gaussian";
    const [a, b, c] = state.lower;
    sliders.forEach(({ range, value }, k) => {
      if (Number(range.value) !== state.lower[k]) range.value = state.lower[k];
      setText(value, fixed(state.lower[k]));
    });
    setText(sigma, `Σ = LLᵀ: variances ${fixed(a * a)} and ${fixed(b * b + c * c)}, covariance ${fixed(a * b)}`);
  });
  return { element };
}
