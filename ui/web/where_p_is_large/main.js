/** The map of log p(x|z) with the running estimates, the likelihood, one draw at a time and the identity. */

import { fetchBinary } from "../engine/fetch.js";
import { createImages } from "../engine/images.js";
import { loadModel } from "../engine/model.js";
import { parseSafetensors } from "../engine/safetensors.js";
import { createLoader, createReporter, mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { homeHalf } from "../shared/nearest.js";
import { themeOf } from "../shared/palette.js";
import { RACERS, colourOf } from "../shared/proposal_styles.js";
import { createXSelector } from "../shared/select_x.js";
import { createStore } from "../shared/store.js";
import { round } from "../shared/view.js";
import { createCaption } from "./caption.js";
import { deriveState } from "./derived_state.js";
import { createIdentity } from "./elbo_identity.js";
import { createImagePanel } from "./images.js";
import { createPlane, createToolbar } from "./plane.js";
import { createPosteriorGrid } from "./posterior_grid.js";
import { createEstimatePanel } from "./race_panel.js";
import { createSigma } from "./sigma.js";
import { readView, startOf, writeView } from "./view.js";
import { createWeightedDraws } from "./weighted_draws.js";

const STYLES = ["../shared/base.css", "main.css"];
const LIVE = {
  name: "where_p_is_large",
  of: ({ info }) => info.id,
  read: readView,
  complete: ({ z, window, sigma }) => ({ z: z.map(round), window: window.map(round), sigma: sigma && round(sigma) }),
};
const START = { layers: [], axes: [0, 1], seed: 0, n: 1, shown: 0, hover: -1, home: 3.4, window: null, lattice: null, race: null, judged: null, stepped: 0 };

export default mounting(createWherePIsLarge);

function createWherePIsLarge(parent) {
  const store = createStore(START);
  const { state } = store;
  const root = h("div.pad.likelihood", { hidden: true });
  deriveState(store);
  const chooser = createXSelector(store, undefined, startOf);
  const session = { ...chooser, clear: () => {} }; // there is always an x
  const loader = createLoader({ load, adopt, failed });
  const [parts, plane] = build(store, session, root, loader.box);
  const paints = () => state.turning || plane.works() || arrays.arriving();
  const sheets = STYLES.map((name) => new URL(name, import.meta.url).href);
  const remove = reveal(parent, root, sheets, () => store.set({ theme: themeOf(root) }));
  const ready = ({ model, q, z }) => model && q && z?.every(Number.isFinite);
  const reporter = createReporter(store, { also: ["q"], write: writeView, ready, paints, live: { ...LIVE, take: adopt } });
  const arrays = createArrays(store, reporter.awaits);

  function update(component) {
    reporter.to(component);
    const { data } = component;
    if (!data?.model) return;
    store.set({ theme: themeOf(root), folds: data.folds ?? {}, glossary: data.glossary ?? {}, convention: data.convention ?? "", judged: data.judged ?? null, closed: data.closed ?? null });
    loader.follow(data);
    arrays.follow(data);
  }

  async function load(info, rawView, signal) {
    const view = readView(rawView, info);
    chooser.clear();
    store.set({ ...view, drawing: null, z: null, info, model: null, problem: null, playing: false, progress: "Loading the decoder" });
    const images = createImages(info);
    const loaded = await loadModel(info, { signal });
    if (signal.aborted) return;
    const codes = await loaded.codes();
    if (signal.aborted) return;
    const home = homeHalf(codes, 2, [0, 1]);
    store.set({ model: loaded, images, labels: codes.label, home, window: state.window ?? [0, 0, home], z: view.z, progress: null });
    choose(view);
  }

  /** Take a view that Python asks for, of the model that is there. */
  function adopt(rawView) {
    if (!state.model) return;
    const view = readView(rawView, state.info);
    store.set({ ...view, drawing: null, window: view.window ?? [0, 0, state.home], playing: false });
    choose(view);
  }

  function choose(view) {
    reporter.knows({ ...state, x: view.x, drawing: view.drawing });
    if (view.drawing) session.chooseDrawing(view.drawing, { moveZ: !view.z });
    else session.chooseImage(view.x, { moveZ: !view.z });
  }

  function failed() {
    store.set({ progress: null, window: state.window ?? [0, 0, state.home] });
  }

  function stop() {
    for (const part of [loader, reporter, ...parts]) part.stop?.();
    store.stop();
    remove();
  }
  return { update, stop };
}

/** The arrays that the server names by their addresses: each is fetched when its address is new. */
function createArrays(store, awaits) {
  const asked = { lattice: null, race: null };
  const problems = { lattice: null, race: null };
  const read = { lattice: latticeOf, race: raceOf };
  let arriving = 0;
  const tell = (found) => store.set({ ...found, problem: problems.lattice ?? problems.race });

  async function follow(data) {
    const model = data.model.id;
    await Promise.all(Object.keys(asked).map(async (name) => {
      const from = data[name];
      const key = from ? model + from.address + from.of : null;
      if (asked[name] === key) return;
      [asked[name], problems[name]] = [key, null];
      if (!from) return store.set({ [name]: null });
      arriving += 1;
      awaits();
      try {
        const { tensors } = parseSafetensors(await fetchBinary(from.address, "the exact posterior of this x"));
        if (asked[name] === key) tell({ [name]: { model, ...from, ...read[name](tensors, from) } });
      } catch (error) {
        if (asked[name] !== key) return;
        [asked[name], problems[name]] = [null, error.message];
        tell({});
      } finally {
        arriving -= 1;
      }
    }));
  }
  return { follow, arriving: () => arriving > 0 };
}

function latticeOf(tensors, { rules }) {
  const arrays = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  return createPosteriorGrid(arrays, rules);
}

function raceOf(tensors) {
  const of = (name) => tensors[name].data;
  return {
    proposals: {
      prior: { z: of("prior_z"), energy: of("prior_energy") },
      encoder: { z: of("encoder_z"), energy: of("encoder_energy"), offset: of("encoder_offset") },
      mixture: { z: of("mixture_z"), energy: of("mixture_energy"), offset: of("mixture_offset") },
    },
  };
}

/** Two columns: the plane and σ; x and the race. Below them one draw at a time, and the identity. On a phone they are one. */
function build(store, session, root, failure) {
  const map = createPlane(store, session);
  const parts = [createToolbar(store), map, createCaption(store, map.figureOf), createImagePanel(store, session),
    createSigma(store), createIdentity(store), createEstimatePanel(store), createWeightedDraws(store)];
  const [bar, plane, caption, pictures, sigma, identity, race, weighted] = parts.map((part) => part.element);
  root.append(
    h("div.layout", {},
      h("div.column", {}, failure, bar, plane, caption, sigma),
      h("div.column", {}, pictures, race)),
    h("div.below", {}, weighted, identity));
  store.on(["theme"], () => RACERS.forEach((name) => root.style.setProperty(`--${name}`, colourOf(name, store.state.theme))));
  return [parts, map];
}
