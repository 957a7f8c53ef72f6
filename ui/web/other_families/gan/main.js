/**
 * A GAN on the plane: the generator bends z into x while the discriminator learns to tell x from the data; beside them what
 * theory says, and a VAE with the same decoder on the same data.
 */

import { button, h, setText } from "../../shared/dom.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { GAN, createTrainingControls } from "../training_controls.js";
import { createModeCourse, createValues } from "./charts.js";
import { createDataDrawing } from "./drawing.js";
import { createFacts } from "./facts.js";
import { createDiscriminators, createLatent, createPlane } from "./planes.js";
import { createGame } from "./training.js";

const PRESETS = {
  collapse: {
    label: "Mode collapse", recipe: { target: "ring", modes: 4, pace: 0.1, generator_steps: 1 }, steps: 2500,
    look: "Mode collapse: nearly all samples of the GAN go to one or two of the four modes, and stay there. The VAE finds all four.",
  },
  oscillation: {
    label: "Oscillation", recipe: { target: "ring", modes: 8, pace: 0.01, generator_steps: 5 }, steps: 2500,
    look: "Oscillation: the generator takes five steps for one of the discriminator. All samples sit at one mode; when D has learned that this mode is false, they jump to another. The rows of modes below show the jumps.",
  },
};

export function createGanChapter(store) {
  const { state } = store;
  store.derive(["game"], ["target", "drawn", "modes", "pace", "generator_steps", "seed", "renewed", "info"], () => ({ game: state.info ? createGame(state) : null }));
  const controls = createTrainingControls(store, GAN, {
    label: "Training of the GAN and the VAE", testid: "gan-",
    names: { target: "data", modes: "modes", pace: "learning rate", generator_steps: "G steps per D step" },
    words: { target: { ring: "ring of normals", moons: "two moons", drawn: "drawn" } },
    adapt: (lists) => (lists.modes.element.hidden = state.target !== "ring"),
  });
  const empty = h("p.message", { role: "status", hidden: true }, "The drawing is empty: draw where the data should be, then press Train.");
  store.on(["game", "target"], () => (empty.hidden = !!state.game || state.target !== "drawn"));
  const element = h("div.chapter.gan", { hidden: true }, controls.element, createPresets(store), empty,
    h("div.gan-layout", {}, h("div.gan-side", {}, createDataDrawing(store), createLatent(store), createDiscriminators(store)), createPlane(store, "gan"), createPlane(store, "vae")),
    h("div.families-layout", {},
      h("div.column", {}, createFacts(store), createExplanations(store, ["gan"])),
      h("div.column", {}, createModeCourse(store), createValues(store))));
  return { element, stop: controls.stop };
}

/** Recipes whose end is known, one press each, with what to look at. */
function createPresets(store) {
  const { state } = store;
  const isChosen = ({ recipe }) => Object.entries(recipe).every(([name, value]) => state[name] === value);
  const choose = ({ recipe, steps }) => store.set({ ...recipe, renewed: {}, goal: steps, rounds: 0, play: {} });
  const chips = Object.values(PRESETS).map((preset) => ({ preset, chip: button(preset.label, () => choose(preset), { class: "chip" }) }));
  const look = h("p.look", { hidden: true });
  store.on(["target", "modes", "pace", "generator_steps"], () => {
    for (const { preset, chip } of chips) chip.setAttribute("aria-pressed", String(isChosen(preset)));
    const chosen = Object.values(PRESETS).find(isChosen);
    look.hidden = !chosen;
    setText(look, chosen?.look ?? "");
  });
  return h("div.presets", {}, h("div.chips", { role: "group", "aria-label": "How a GAN can fail" }, h("span", {}, "How it can fail:"), ...chips.map(({ chip }) => chip)), look);
}
