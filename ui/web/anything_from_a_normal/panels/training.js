/**
 * The learned map: what it should reach, how large it is, and its training, in slices of time between which the page
 * can react.
 */

import { button, fillOptions, h, select, setText } from "../../shared/dom.js";
import { count } from "../../shared/format.js";
import { MAPS } from "../maps.js";

const [SHORTEST, LONGEST] = [12, 60]; // ms of training in a frame: as long as what is shown takes, within these

export const isTraining = ({ trainer, until }) => !!trainer && trainer.steps < until;

export function createTraining(store) {
  const { state } = store;
  const training = () => isTraining(state);
  const most = () => state.info.fields.steps.most;
  const recipe = (patch) => store.set({ ...patch, until: training() ? most() : 0, net: {} });
  const named = (name) => (name === "picture" ? "Your drawing" : MAPS[name].label);
  const target = select("to reach", [], (value) => recipe({ target: value }));
  const width = select("width", [], (value) => recipe({ width: Number(value) }));
  const depth = select("depth", [], (value) => recipe({ depth: Number(value) }));
  const train = button("Train", () => store.set({ until: training() ? state.trainer.steps : most() }), { class: "main", "data-testid": "train" });
  const anew = button("Start anew", () => store.set({ target: state.target, until: 0, net: {} }));
  const steps = h("output", { "data-testid": "steps" });
  const element = h("div.row.learner", { hidden: true, role: "group", "aria-label": "The network" },
    target.element, width.element, depth.element, train, anew, steps);
  let frame = 0;
  let reacting = 0; // ms that the last frame took beside training

  function slice() {
    frame = 0;
    if (!training()) return;
    state.trainer.run(Math.min(LONGEST, Math.max(SHORTEST, reacting)), state.until);
    store.set({ net: {}, steps: state.trainer.steps });
  }

  store.on(["map", "target", "width", "depth", "seed", "net", "until", "picture", "given", "info"], (changed) => {
    const { fields } = state.info;
    if (changed.has("info")) {
      fillOptions(target, fields.target.options.map((name) => [name, named(name)]));
      for (const [list, { options }] of [[width, fields.width], [depth, fields.depth]]) fillOptions(list, options.map((value) => [value, String(value)]));
    }
    element.hidden = state.map !== "learned";
    if (training() && !frame) frame = requestAnimationFrame(slice);
    const trained = state.trainer?.steps ?? 0;
    if (trained !== state.steps) store.set({ steps: trained }); // the link holds them: as many steps give the same network again
    const done = trained >= most();
    setText(train, training() ? "Pause" : done ? "Done" : trained ? "Go on" : "Train");
    train.disabled = !state.trainer || done;
    for (const [list, value] of [[target, state.target], [width, state.width], [depth, state.depth]]) list.list.value = value;
    const size = state.trainer?.network.layers.reduce((sum, { weight, bias }) => sum + weight.length + bias.length, 0) ?? 0;
    const more = done ? ", the most: start anew, or take another network" : "";
    setText(steps, state.trainer ? `${count(state.trainer.steps)} steps, ${count(size)} weights${more}` : "The drawing is empty: choose Draw, and draw what the network should reach.");
  });
  store.afterFrame((_, ms) => (reacting = ms));
  return { element, stop: () => cancelAnimationFrame(frame) };
}
