/** A direction between two groups, how well it separates them, and what it does to the chosen stop; and an analogy. */

import { button, h, setText } from "../shared/dom.js";
import { fixed, count as counted } from "../shared/format.js";
import { SHOW_ALL, nearestCode } from "../shared/nearest.js";
import { createPicture } from "../shared/picture.js";
import { factorName, factorOf, groupName } from "./factors.js";
import { direction, members } from "./groups.js";
import { paintGrid } from "./image_grid.js";
import { createSeparationPlot } from "./separation_plot.js";

const STRENGTHS = Array.from({ length: 9 }, (_, k) => (k - 4) * 0.5);

export function createAttributeVector(store) {
  const { state } = store;
  const groups = [createGroup(store, "plus", "With"), createGroup(store, "minus", "Without")];
  const message = h("p.message", { role: "alert", hidden: true, "data-testid": "add-problem" });
  const spread = createSeparationPlot(store);
  const result = createResult(store);
  const analogy = createAnalogy(store);
  const element = h("section.adding", { "aria-label": "Add a difference" },
    ...groups.map((group) => group.element), message, spread.element, result.element, analogy.element);

  const dependsOn = ["task", "plus", "minus", "factor", "codes", "factorIndex", "factorProblem"];
  store.derive(["direction", "directionProblem"], dependsOn, ({ direction: before = null, directionProblem = "" }) => {
    if (!isShown(state) || !state.codes) return { direction: before, directionProblem };
    try {
      return { direction: directionOf(state), directionProblem: "" };
    } catch (error) {
      return { direction: null, directionProblem: error.message };
    }
  });
  store.on(["task"], () => state.lasso && store.set({ lasso: null }));
  store.on(["task", "direction", "directionProblem", "strength", "stopCodes", "chosen", "theme"], () => {
    if (!isShown(state) || !state.codes) return;
    setText(message, state.directionProblem);
    message.hidden = !state.directionProblem;
    spread.show();
    result.show();
  });
  return { element };
}

const isShown = ({ task, factor }) => task === "add" || (task === "factors" && factor !== null);

/** From the group `minus` to the group `plus`, with how many pictures each holds. Throws what `direction` throws. */
function directionOf(state) {
  const waits = !state.factorIndex && [state.plus, state.minus].some(factorOf);
  if (waits) throw new Error(state.factorProblem ?? "The known factors of the pictures are on their way.");
  const first = state.plus === "rest" ? [] : members(state.plus, state);
  const minus = members(state.minus, state, first);
  const plus = state.plus === "rest" ? members("rest", state, minus) : first;
  return { ...direction(state.codes, state.info.latent_dim, plus, minus), counts: [plus.length, minus.length] };
}

/** One group: a class, a value of a known factor, everything else, or what a lasso on the map holds. */
function createGroup(store, field, title) {
  const { state } = store;
  const list = h("select", { "aria-label": `${title}: which pictures`, "data-testid": `group-${field}`, onchange: () => choose(list.value) });
  const lasso = button("Lasso", () => store.set({ lasso: state.lasso === field ? null : field }), { "aria-pressed": "false", "data-testid": `lasso-${field}`, title: "Draw around points on the map" });
  const choose = (value) => store.set(value === "lasso" ? { lasso: field } : { [field]: value, lasso: null });
  store.on(["info", field], () => {
    if (!state.info || !state[field]) return;
    const classes = state.info.classes.map((name, k) => [`class.${k}`, name]);
    const drawn = state[field].startsWith("lasso") ? [[state[field], "the lasso"]] : [];
    const options = (all) => all.map(([value, text]) => h("option", { value }, text));
    const factors = state.info.factors.map((factor, k) => h("optgroup", { label: factorName(factor) },
      ...options(factor.values.map((value, v) => [`factor.${k}.${v}`, groupName(`factor.${k}.${v}`, state.info)]))));
    list.replaceChildren(...options([...drawn, ["rest", "all others"], ...classes]), ...factors);
    list.value = state[field];
  });
  store.on(["lasso"], () => lasso.setAttribute("aria-pressed", String(state.lasso === field)));
  return { element: h("div.row", {}, h("span.group-name", {}, title), list, lasso) };
}

/** The chosen stop with more and less of the direction. */
function createResult(store) {
  const { state } = store;
  const canvas = h("canvas.pixels.film", { role: "img", "aria-label": "The chosen stop with -2 to 2 times the difference", "data-testid": "add-strip" });
  const picture = createPicture("The chosen stop with the difference added", { "data-testid": "added" });
  const slider = h("input", { type: "range", min: "-3", max: "3", step: "0.01", "aria-label": "Strength", "data-testid": "strength", oninput: () => store.set({ strength: Number(slider.value), busy: true }), onchange: () => store.set({ busy: false }) });
  const output = h("output");
  const element = h("div.result", { hidden: true },
    h("div.row.wide", {}, picture.canvas, h("div.half", {}, h("label.slider", {}, h("span.name.shown", {}, "×"), slider, output),
      h("p.caption", {}, "0 is the stop as it is, 1 adds the whole difference between the two means."))),
    h("div", {}, canvas, h("div.ends", { "aria-hidden": "true" }, h("span", {}, "-2"), h("span", {}, "0"), h("span", {}, "2"))));

  function show() {
    const z = state.stopCodes?.[state.chosen];
    element.hidden = !state.direction || !z;
    if (element.hidden) return;
    const at = (s) => state.model.decode(z.map((value, j) => value + s * state.direction.vector[j]));
    paintGrid(canvas, STRENGTHS.length, STRENGTHS.length, (n) => at(STRENGTHS[n]), state.info.image_shape);
    picture.show(at(state.strength), state.info.image_shape);
    slider.value = state.strength;
    setText(output, fixed(state.strength));
  }
  return { element, show };
}

/** a : b :: c : ? with the first three stops. */
function createAnalogy(store) {
  const { state } = store;
  const [made, near] = [createPicture("The picture that the analogy makes", { "data-testid": "analogy" }), createPicture("The test picture nearest to it by code")];
  const words = h("p.caption", { "data-testid": "analogy-words" });
  const pictures = h("div.row.analogy-pictures", {}, h("figure", {}, made.canvas, h("figcaption", {}, "?")), h("figure", {}, near.canvas, h("figcaption", {}, "nearest test picture")));
  const element = h("section.panel.analogy", { "aria-label": "Analogy" }, h("h2", {}, "A : B :: C : ?"), words, pictures);

  store.on(["task", "stopCodes", "codes", "blocks"], () => {
    if (state.task !== "add" || !state.stopCodes || !state.codes) return;
    const ready = state.stopCodes.length >= 3;
    pictures.hidden = !ready;
    setText(words, ready
      ? "What B is to A, the answer should be to C: its code is that of C, plus that of B, minus that of A."
      : "An analogy needs three stops: add one above. Its answer is C plus the difference from A to B.");
    if (!ready) return;
    const [a, b, c] = state.stopCodes;
    const z = c.map((value, j) => value + b[j] - a[j]);
    made.show(state.model.decode(z), state.info.image_shape);
    const { index, distance } = nearestCode(state.codes, z, SHOW_ALL);
    const bytes = state.images.get(index);
    if (bytes) near.show(bytes, state.info.image_shape);
    setText(pictures.lastChild.lastChild, `nearest test picture, ${counted(index)}: ${fixed(distance)} away`);
  });
  return { element };
}
