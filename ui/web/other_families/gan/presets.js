/** Ways in which a GAN can fail: recipes whose end is known, one press each, with what to look at. */

import { button, h, setText } from "../../shared/dom.js";

/** By name: the recipe, and the steps after which it has failed. */
export const PRESETS = {
  collapse: {
    label: "Mode collapse", recipe: { target: "ring", modes: 4, pace: 0.1, generator_steps: 1 }, steps: 2500,
    look: "Mode collapse: nearly all samples of the GAN go to one or two of the four modes, and stay there. The VAE finds all four.",
  },
  oscillation: {
    label: "Oscillation", recipe: { target: "ring", modes: 8, pace: 0.01, generator_steps: 5 }, steps: 2500,
    look: "Oscillation: the generator takes five steps for one of the discriminator. All samples sit at one mode; when D has learned that this mode is false, they jump to another. The rows of modes below show the jumps.",
  },
};

export function createPresets(store) {
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
