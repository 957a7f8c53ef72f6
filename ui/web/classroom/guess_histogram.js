/** The numbers that a class has guessed, as a histogram: on a scale of powers of ten where they spread over many. */

import { h, setText } from "../shared/dom.js";

const BINS = 12;
const SPREAD = 50; // largest over smallest guess, above which the scale is logarithmic

/** @returns {{element: HTMLElement, show: (guesses: number[], mine: number | null) => void}} nothing is seen of no guesses */
export function createHistogram() {
  const bars = h("div.bars-of", { "aria-hidden": "true" });
  const [least, middle, most] = [0, 1, 2].map(() => h("span"));
  const element = h("div.histogram", { hidden: true, "data-testid": "guesses" }, bars, h("p.scale", {}, least, middle, most));

  function show(guesses, mine) {
    element.hidden = !guesses.length;
    if (!guesses.length) return;
    const { counts, binOf } = histogramOf(guesses);
    const highest = Math.max(...counts);
    bars.replaceChildren(...counts.map((count, k) => {
      const bar = h("span", { class: mine !== null && binOf(mine) === k ? "mine" : "" });
      bar.style.setProperty("--share", count / highest);
      return bar;
    }));
    setText(least, figure(guesses[0]));
    setText(middle, `half are below ${figure(medianOf(guesses))}`);
    setText(most, figure(guesses.at(-1)));
  }
  return { element, show };
}

/**
 * @param {number[]} guesses  sorted
 * @returns {{counts: number[], binOf: (guess: number) => number}}
 */
export function histogramOf(guesses) {
  const scale = guesses[0] > 0 && guesses.at(-1) / guesses[0] > SPREAD ? Math.log10 : (value) => value;
  const [low, high] = [scale(guesses[0]), scale(guesses.at(-1))];
  const binOf = (guess) => (high > low ? Math.min(BINS - 1, Math.floor(((scale(guess) - low) / (high - low)) * BINS)) : BINS / 2);
  const counts = Array(BINS).fill(0);
  for (const guess of guesses) counts[binOf(guess)] += 1;
  return { counts, binOf };
}

function medianOf(sorted) {
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

/** A number as people read it: four digits, or a power of ten beyond a million and below a thousandth. */
export function figure(value) {
  const size = Math.abs(value);
  if (size && (size >= 1e6 || size < 1e-3)) return value.toExponential(1).replace("e+", "e");
  return value.toLocaleString("en", { maximumSignificantDigits: 4 });
}
