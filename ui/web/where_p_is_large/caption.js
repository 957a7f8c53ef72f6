/** Below the plane: what its colours show, how small the spot is, and how much of p(x) lies around z. */

import { debounce, fillOptions, h, select, setText } from "../shared/dom.js";
import { count, fixed, vector } from "../shared/format.js";
import { gradientOf } from "../shared/palette.js";
import { createExplanations } from "../shared/panels/explanations.js";
import { createSaveButton } from "../shared/save_dialog.js";
import { SHARES } from "./posterior_grid.js";
import { RADIUS } from "./view.js";

const MARKS = [1, 0.75, 0.5, 0.25, 0]; // of the scale, from its least to its most: roots of the depth, or shares not reached
const COLOURS = { log: "log p(x|z)", likelihood: "p(x|z)", joint: "p(x|z) p(z)" };
const OF_LARGEST = {
  likelihood: "p(x|z) as a share of its largest value",
  joint: "p(x|z) p(z) as a share of its largest value. Its integral is p(x)",
};

/** @param {() => import("../shared/figure.js").Figure} figureOf  the plane */
export function createCaption(store, figureOf) {
  const { state } = store;
  const lead = h("p.verdict", { "data-testid": "region" });
  const around = h("p.verdict", { "data-testid": "held" });
  const convention = h("p.convention");
  const problem = h("p.message", { role: "alert", hidden: true });
  const summary = h("p.unseen", { id: "summary" });
  const live = h("p.unseen", { "aria-live": "polite" });
  const element = h("div.caption", {}, problem, lead, around, createScale(store), convention, summary, live,
    h("div.row.foot", {}, createExplanations(store, ["map"]), h("div.row.save", {}, createSaveButton("↓ Figure", "the map", figureOf))));

  store.on(["truth", "fresh", "home", "sigma"], () => lead.replaceChildren(...describeRegion(state)));
  store.on(["held"], () => around.replaceChildren(...describeCircle(state)));
  store.on(["convention"], () => setText(convention, state.convention));
  store.on(["problem"], () => {
    problem.hidden = !state.problem;
    setText(problem, state.problem ? `${state.problem} Choose x again to try once more.` : "");
  });
  const speak = debounce(() => {
    const { here, held } = state;
    const share = held === null ? "" : ` The circle around z holds ${shareOf(held)} of p(x).`;
    const text = here ? `z is ${vector(here.z)}; log p(x|z) is ${fixed(here.logPx)}, log p(z) is ${fixed(here.logPrior)}.${share}` : "Loading.";
    setText(summary, text);
    if (element.getRootNode().activeElement?.matches?.(".surface")) setText(live, text);
  }, 500);
  store.on(["z", "sigma", "input", "model", "held"], speak);
  return { element, stop: speak.cancel };
}

/** What the colours show, with their scale; of log p(x|z) also how deep they reach. */
function createScale(store) {
  const { state } = store;
  const strip = h("div.strip-of-colour");
  const ticks = MARKS.map((mark) => h("span", { style: `--at: ${1 - mark}` }));
  const what = h("p.convention");
  const named = (depth) => (depth === "all" ? "all in view" : `${count(Number(depth))} nats`);
  const reach = select("Range", [], (depth) => store.set({ depth, touched: true }), { "data-testid": "depth" });
  const radios = Object.fromEntries(Object.keys(COLOURS).map((colour) => [colour, h("input", {
    type: "radio", name: "colour", value: colour, "data-testid": `colour-${colour}`, onchange: () => store.set({ colour, touched: true }),
  })]));
  const choice = h("div.switch", { role: "radiogroup", "aria-label": "What the colours show" },
    ...Object.entries(COLOURS).map(([colour, name]) => h("label", {}, radios[colour], h("span", {}, name))));
  const element = h("div.scale", {}, h("div.row.reach", {}, choice, reach.element), strip, h("div.ticks", {}, ...ticks), what);

  store.on(["layers"], () => (element.hidden = !state.layers.includes("heat")));
  store.on(["ramp"], () => (strip.style.background = gradientOf(state.ramp)));
  store.on(["colour", "depth", "deepest", "info", "truth"], (changed) => {
    if (changed.has("info")) fillOptions(reach, state.info.fields.depth.options.map((depth) => [depth, named(depth)]));
    const { colour, depth } = state;
    for (const [name, radio] of Object.entries(radios)) radio.checked = name === colour;
    reach.list.value = depth;
    reach.element.hidden = colour !== "log";
    const scale = describeScale(state);
    scale.ticks.forEach(([, text], k) => setText(ticks[k], text));
    setText(what, `${scale.words}.`);
  });
  return element;
}

/** What the colours mean: texts at shares of the scale, from its least to its most, and words. */
export function describeScale({ colour, depth, deepest, truth }) {
  const best = truth ? ` (log p(x|z) = ${fixed(truth.best)})` : "";
  const textOf = (mark) => {
    if (colour !== "log") return String(1 - mark);
    const nats = count(Number((deepest * mark * mark).toPrecision(2)));
    return mark === 1 && depth !== "all" ? `≥ ${nats}` : nats;
  };
  const words = OF_LARGEST[colour] ?? `How much worse than the best z${best}, in nats`;
  return { ticks: MARKS.map((mark) => [1 - mark, textOf(mark)]), words };
}

/** How small the spot is that nearly all of p(x) comes from. @returns {(Node | string)[]} */
function describeRegion({ truth, fresh, home }) {
  if (!truth || !fresh) return [""];
  const { area, prior } = truth.region;
  return [
    h("strong", {}, `${100 * SHARES.at(-1)} % of p(x)`), " = ∫ p(x|z) p(z) dz comes from the outlined spot: ",
    h("strong", {}, partOf(area / (4 * home * home))), " of the whole map. The prior hits it ",
    h("strong.number", { "data-testid": "one-in" }, prior > 0.5 ? "in more than half of its draws" : `once in ${count(twoDigits(1 / prior))} draws`), ".",
  ];
}

/** @returns {(Node | string)[]} */
function describeCircle({ held }) {
  if (held === null) return [""];
  const advice = held > 0.5 ? "Drag z out of the spot: the share falls to almost 0 %." : "Drag z into the spot.";
  return [`The circle around z (radius ${RADIUS}) holds `, h("strong.number", {}, shareOf(held)), ` of p(x). ${advice}`];
}

const twoDigits = (value) => Number(value.toPrecision(2));

/** 0.2 is "20 %", 0.0007 is "1/1,400". */
const partOf = (share) => (share > 0.05 ? `${twoDigits(100 * share)} %` : `1/${count(twoDigits(1 / share))}`);

function shareOf(share) {
  if (share < 1e-4) return "less than 0.01 %";
  return share > 0.9999 ? "more than 99.99 %" : `${fixed(100 * share, share < 0.1 || share > 0.99 ? 2 : 0)} %`;
}
