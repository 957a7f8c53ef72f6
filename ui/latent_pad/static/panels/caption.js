/** Above the plane: what to lay over it, and which two dimensions it shows. Below it: what there is to see. */

import { button, debounce, h, select, setText } from "../dom.js";
import { axisName, count, fixed, vector } from "../format.js";
import { OVERLAYS } from "../store.js";
import { createFolds } from "./folds.js";
import { imageName } from "./tip.js";

const NAMES = { prior: "Prior", manifold: "Decoded grid", density: "Density of q(z)" };
const TITLES = {
  prior: "Circles of the prior at 1, 2 and 3 standard deviations",
  manifold: "Decoded pictures on a grid that refines as you zoom in",
  density: "The aggregate posterior: the mean of all encoder posteriors",
};

export function createBar(store) {
  const { state } = store;
  const toggle = (name) => store.set({ overlays: OVERLAYS.filter((o) => (o === name) !== state.overlays.includes(o)) });
  const chips = OVERLAYS.map((name) => button(NAMES[name], () => toggle(name), { class: "chip", title: TITLES[name] }));
  const axes = [0, 1].map((side) => select(side ? "up" : "across", [], (value) => choose(side, Number(value))));
  const axesBox = h("div.axes", { role: "group", "aria-label": "Dimensions shown", hidden: true }, ...axes.map((axis) => axis.element));

  function choose(side, j) {
    const next = state.axes.slice();
    if (next[1 - side] === j) next[1 - side] = next[side]; // choosing the other one swaps them
    next[side] = j;
    store.set({ axes: next });
  }

  store.on(["overlays"], () => chips.forEach((chip, k) => chip.setAttribute("aria-pressed", String(state.overlays.includes(OVERLAYS[k])))));
  store.on(["info"], () => {
    const { latent_dim: D } = state.info;
    axesBox.hidden = D <= 2;
    for (const { list } of axes) list.replaceChildren(...Array.from({ length: D }, (_, j) => h("option", { value: j }, axisName(j))));
  });
  store.on(["info", "axes"], () => axes.forEach(({ list }, side) => (list.value = state.axes[side])));
  return { element: h("div.bar", {}, h("div.chips", { role: "group", "aria-label": "Overlays" }, ...chips), axesBox) };
}

export function createCaption(store) {
  const { state } = store;
  const lead = h("p");
  const held = h("p.held", { hidden: true });
  const shade = h("p", { hidden: true });
  const problem = h("p.message", { role: "alert", hidden: true });
  const summary = h("p.unseen", { id: "summary" });
  const live = h("p.unseen", { "aria-live": "polite" });
  const element = h("div.caption", {}, problem, lead, held, shade, summary, live, createFolds(store, ["plane"]));

  store.on(["info", "codes"], () => state.info && setText(lead, leadOf(state)));
  store.on(["z", "axes", "info"], () => {
    held.hidden = !(state.info?.latent_dim > 2) || !state.z;
    if (!held.hidden) setText(held, heldOf(state));
  });
  store.on(["overlays", "codes"], () => {
    shade.hidden = !state.overlays.includes("density") || !state.codes;
    if (!shade.hidden) setText(shade, `Shade: q(z), the mean of ${count(state.codes.count)} encoder posteriors q(z|x); the stronger, the denser. Exact in each cell.`);
  });
  store.on(["problem"], () => {
    problem.hidden = !state.problem;
    setText(problem, state.problem ?? "");
  });
  const speak = debounce(() => {
    const text = summaryOf(state);
    setText(summary, text);
    if (element.getRootNode().activeElement?.matches?.(".surface")) setText(live, text);
  }, 500);
  store.on(["z", "x", "drawing", "model"], speak);
  return { element, stop: speak.cancel };
}

function leadOf({ info, codes }) {
  const what = `${codes ? count(codes.count) : "The"} ${info.split} images of ${info.data_title}, each at the mean of its q(z|x)`;
  const how = info.latent_dim > 2 ? ", projected onto two of its dimensions" : "";
  return `${what}${how}. Where points lie thick the decoded picture is sharp; between them the model has to invent.`;
}

const SHOWN = 5; // held dimensions that are named

function heldOf({ z, axes, info }) {
  const rates = info.rate_per_dimension ?? [];
  const others = z.map((_, j) => j).filter((j) => !axes.includes(j)).sort((i, j) => (rates[j] ?? 0) - (rates[i] ?? 0));
  const named = others.slice(0, SHOWN).map((j) => `${axisName(j)} = ${fixed(z[j])}`).join(", ");
  const rest = others.length > SHOWN ? `, and ${others.length - SHOWN} more` : "";
  return `The other dimensions are held at the values of the sliders (now ${named}${rest}).`;
}

function summaryOf(state) {
  if (!state.model || !state.z) return "Loading.";
  const chosen = state.drawing ? " Your drawing is chosen." : state.x === null || !state.codes ? "" : ` Chosen: ${imageName(state, state.x)}, image ${state.x}.`;
  return `z is ${vector(state.z)}.${chosen}`;
}
