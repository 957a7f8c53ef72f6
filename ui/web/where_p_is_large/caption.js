/** Below the plane: the scale of its colours, and what to look at. */

import { debounce, fillOptions, h, select, setText } from "../shared/dom.js";
import { count, fixed, vector } from "../shared/format.js";
import { gradientOf } from "../shared/palette.js";
import { createExplanations } from "../shared/panels/explanations.js";

const ROOTS = [1, 0.75, 0.5, 0.25, 0]; // of the depth: the colours are even in it

export function createCaption(store) {
  const { state } = store;
  const strip = h("div.strip-of-colour");
  const ticks = ROOTS.map((root) => h("span", { style: `--at: ${1 - root}` }));
  const best = h("span");
  const named = (depth) => (depth === "all" ? "all in view" : `${count(Number(depth))} nats`);
  const reach = select("Colours reach", [], (depth) => store.set({ depth, touched: true }), { "data-testid": "depth" });
  const scale = h("div.scale", {}, strip, h("div.ticks", {}, ...ticks),
    h("div.row.reach", {}, h("p.convention", {}, "nats of log p(x|z) below the best z", best), reach.element));
  const lead = h("p");
  const convention = h("p.convention");
  const problem = h("p.message", { role: "alert", hidden: true });
  const summary = h("p.unseen", { id: "summary" });
  const live = h("p.unseen", { "aria-live": "polite" });
  const element = h("div.caption", {}, problem, scale, lead, convention, summary, live, createExplanations(store, ["map"]));

  store.on(["ramp"], () => (strip.style.background = gradientOf(state.ramp)));
  store.on(["truth", "lattice", "sigma", "model"], () => setText(best, state.truth ? `, which has ${fixed(state.truth.best)}` : ""));
  store.on(["depth", "deepest", "info"], (changed) => {
    if (changed.has("info")) fillOptions(reach, state.info.fields.depth.options.map((depth) => [depth, named(depth)]));
    const { depth, deepest } = state;
    reach.list.value = depth;
    ROOTS.forEach((root, k) => {
      const mark = count(Number((deepest * root * root).toPrecision(2)));
      setText(ticks[k], root === 1 && depth !== "all" ? `≥ ${mark}` : mark);
    });
  });
  store.on(["layers"], () => {
    scale.hidden = !state.layers.includes("heat");
    setText(lead, "The spot at the end of the colours is where p(x|z) is large. A z that is 10 nats below the best counts "
      + "1/22,026 of it, so nearly all of this plane adds next to nothing to p(x). Drag z into the spot and out again, and "
      + "watch log p(x|z) fall.");
  });
  store.on(["convention"], () => setText(convention, state.convention));
  store.on(["problem"], () => {
    problem.hidden = !state.problem;
    setText(problem, state.problem ? `${state.problem} Choose x again to try once more.` : "");
  });
  const speak = debounce(() => {
    const { here } = state;
    const text = here ? `z is ${vector(here.z)}; log p(x|z) is ${fixed(here.logPx)}, log p(z) is ${fixed(here.logPrior)}.` : "Loading.";
    setText(summary, text);
    if (element.getRootNode().activeElement?.matches?.(".surface")) setText(live, text);
  }, 500);
  store.on(["z", "sigma", "input", "model"], speak);
  return { element, stop: speak.cancel };
}
