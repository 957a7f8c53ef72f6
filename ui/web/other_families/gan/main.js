/**
 * A GAN on a line or a plane: the generator bends z into x while the discriminator learns to tell x from the data; beside them what
 * theory says, and a VAE with the same decoder on the same data.
 */

import { h } from "../../shared/dom.js";
import { createExplanations } from "../../shared/panels/explanations.js";
import { GAN, createTrainingControls } from "../training_controls.js";
import { createModeCourse, createValues } from "./charts.js";
import { createDataDrawing } from "./drawing.js";
import { createFacts } from "./facts.js";
import { createLine } from "./lines.js";
import { createDiscriminators, createLatent, createPlane } from "./planes.js";
import { createPresets } from "./presets.js";
import { createGame } from "./training.js";

export function createGanChapter(store) {
  const { state } = store;
  store.derive(["game"], ["target", "drawn", "modes", "pace", "generator_steps", "seed", "renewed", "info"], () => ({ game: state.info ? createGame(state) : null }));
  const controls = createTrainingControls(store, GAN, {
    label: "Training of the GAN and the VAE", testid: "gan-",
    names: { target: "data", modes: "modes", pace: "learning rate", generator_steps: "G steps per D step" },
    words: { target: { ring: "ring of normals", line: "normals on a line", moons: "two moons", drawn: "drawn" } },
    adapt: (lists) => (lists.modes.element.hidden = !["ring", "line"].includes(state.target)),
  });
  const empty = h("p.message", { role: "status", hidden: true }, "The drawing is empty: draw where the data should be, then press Train.");
  store.on(["game", "target"], () => (empty.hidden = !!state.game || state.target !== "drawn"));
  const planes = h("div.gan-layout", {}, h("div.gan-side", {}, createDataDrawing(store), createLatent(store), createDiscriminators(store)), createPlane(store, "gan"), createPlane(store, "vae"));
  const lines = h("div.gan-lines", { hidden: true }, createLine(store, "gan"), createLine(store, "vae"));
  store.on(["game"], () => {
    lines.hidden = state.game?.target.d !== 1;
    planes.hidden = !lines.hidden;
    store.set({ sized: {} });
  });
  const element = h("div.chapter.gan", { hidden: true }, controls.element, createPresets(store), empty,
    planes, lines,
    h("div.families-layout", {},
      h("div.column", {}, createFacts(store), createExplanations(store, ["gan"])),
      h("div.column", {}, createModeCourse(store), createValues(store))));
  return { element, stop: controls.stop };
}
