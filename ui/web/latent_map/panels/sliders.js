/** One slider for each dimension of z, the most informative first; those that carry no information are collapsed. */

import { sampleInto } from "../../engine/gaussian.js";
import { createRandom } from "../../engine/random.js";
import { button, h, setText } from "../../shared/dom.js";
import { axisName, fixed, plural } from "../../shared/format.js";
import { createExplanations } from "../../shared/panels/explanations.js";

export function createSliders(store) {
  const { state } = store;
  const rows = h("div.sliders");
  const idle = h("details.idle", { hidden: true });
  const note = h("p.note");
  let sliders = [];
  let draws = 0;

  function random() {
    const D = state.model.latentDim;
    const zeros = new Float32Array(D);
    draws += 1;
    store.set({ z: Array.from(sampleInto(zeros, zeros, createRandom(draws), new Float32Array(D))), touched: true });
    setText(note, `z ~ p(z) = N(0, I), seed ${draws}.`);
  }

  const element = h("section.panel.dims", { "aria-label": "Sliders of z" },
    h("header", {}, h("h2", {}, "z, one dimension at a time"),
      h("div.row", {},
        button("Origin", () => store.set({ z: state.z.map(() => 0) }), { class: "quiet", "aria-label": "Set every dimension of z to 0" }),
        button("Random", random, { class: "quiet", "aria-label": "Draw z from the prior" }))),
    rows, idle, note, createExplanations(store, ["sliders"]));

  store.on(["model"], () => {
    if (!state.model) return;
    sliders = build(store, rows, idle);
    setText(note, describe(state.info));
  });
  store.on(["z", "model", "axes", "plane"], () => state.model && state.z && sliders.forEach((slider) => slider.follow(state)));
  return { element };
}

function describe({ latent_dim: D }) {
  return D > 2 ? "Ordered by rate: the bars show how many nats each dimension carries on average." : "";
}

/** @returns the sliders, each with follow(state) */
function build(store, rows, idle) {
  const { latent_dim: D, rate_per_dimension: rates = [], active = [] } = store.state.info;
  const most = Math.max(...rates, 1e-9);
  const order = Array.from({ length: D }, (_, j) => j);
  if (D > 2) order.sort((i, j) => rates[j] - rates[i]);
  const dead = D > 2 ? order.filter((j) => active[j] === false) : [];
  const sliders = order.map((j) => createSlider(store, j, rates[j], most));
  const of = (j) => sliders[order.indexOf(j)].element;
  rows.classList.toggle("many", D > 5);
  rows.replaceChildren(...order.filter((j) => !dead.includes(j)).map(of));
  idle.hidden = dead.length === 0;
  const worst = Math.max(...dead.map((j) => rates[j]), 0);
  const carries = dead.length === 1 ? "carries" : "carry";
  idle.replaceChildren(
    h("summary", {}, `${plural(dead.length, "dimension")} ${carries} next to no information (rate ${bound(worst)} nats)`),
    h("div.sliders", {}, ...dead.map(of)));
  return sliders;
}

/** "< 0.01", or the smallest such statement that is true. */
function bound(worst) {
  const limit = [0.01, 0.02, 0.05, 0.1].find((value) => worst < value);
  return limit ? `< ${limit}` : `≤ ${fixed(worst)}`;
}

function createSlider(store, j, rate, most) {
  const value = h("output", {}, "0.00");
  const range = h("input", {
    type: "range", min: "-4", max: "4", step: "0.01", value: "0", "aria-label": `${axisName(j)}, dimension ${j + 1} of z`,
    oninput: () => {
      const z = store.state.z.slice();
      z[j] = Number(range.value);
      store.set({ z, touched: true });
    },
  });
  range.dataset.dimension = j;
  const known = Number.isFinite(rate);
  const bar = h("span.bar", { title: known ? `${fixed(rate)} nats` : null, "aria-hidden": "true" });
  bar.style.setProperty("--share", known ? Math.max(0.02, rate / most) : 0);
  const name = h("span.name", {}, axisName(j));
  const element = h("label.slider", {}, name, bar, range, value);
  let shown = NaN;

  function follow({ z, axes, plane = "dimensions", home }) {
    name.classList.toggle("shown", plane === "dimensions" && axes.includes(j));
    if (z[j] === shown) return;
    shown = z[j];
    const reach = Math.max(4, Math.ceil(home ?? 4), Math.ceil(Math.abs(shown)));
    if (Number(range.max) !== reach) Object.assign(range, { min: -reach, max: reach });
    range.value = shown;
    setText(value, fixed(shown));
  }
  return { element, follow };
}
