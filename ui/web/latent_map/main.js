/** The latent map: a plane of z with what lies on it, the picture that z decodes to, and x with its posterior. */

import { createImages } from "../engine/images.js";
import { loadModel } from "../engine/model.js";
import { createLoader, createReporter, mounting, reveal } from "../shared/component.js";
import { h } from "../shared/dom.js";
import { themeOf } from "../shared/palette.js";
import { homeOf, projectionOf } from "../shared/projection.js";
import { createStore } from "../shared/store.js";
import { equal, round } from "../shared/view.js";
import { createDerived } from "./derived_state.js";
import { createIdleMotion } from "./idle_motion.js";
import { createCaption } from "./panels/caption.js";
import { createDecoded } from "./panels/decoded.js";
import { createFindAndSelect } from "./panels/find_and_select.js";
import { createLegend } from "./panels/legend.js";
import { createSamples } from "./panels/samples.js";
import { createSelectedX } from "./panels/selected_x.js";
import { createSliders } from "./panels/sliders.js";
import { createToolbar } from "./panels/toolbar.js";
import { createVaeDiagram } from "./panels/vae_diagram.js";
import { createPlane } from "./plane.js";
import { createSelection } from "./selection.js";
import { createUmapClient } from "./umap.js";
import { readView, writeView } from "./view.js";

export default mounting(createLatentMap);

const START = { hidden: [], peeked: -1, overlays: [], points: 100, draws: [], axes: [0, 1], seed: 0, source: "posterior", hover: -1, home: 3.4, trajectories: [], modes: null, guided: false };
const LIVE = {
  name: "latent_map",
  of: ({ info }) => info.id,
  read: readView,
  complete: ({ z, window, axes }) => ({ z: z.map(round), window: window.map(round), axes }),
};
const SAME = ["id", "images", "latent_dim", "image_shape"]; // of two snapshots of one run

function createLatentMap(parent) {
  const store = createStore(START);
  const { state } = store;
  const root = h("div.pad", { hidden: true });
  let fetched = null; // the images that are being fetched in the background
  store.on(["busy"], fetchImages);
  store.derive(["hiddenMask"], ["hidden", "info"], ({ hidden }) => ({ hiddenMask: maskOf(hidden) }));
  const session = createDerived(store);
  const loader = createLoader({ load, adopt, failed });
  const idle = createIdleMotion(store);
  const embedder = createUmapClient(store, embedded, () => session.choosePlane("dimensions"));
  const parts = [embedder, ...build(store, session, embedder, root, loader.box)];
  const remove = reveal(parent, root, [new URL("../shared/base.css", import.meta.url).href], () => store.set({ theme: themeOf(root) }));
  const reporter = createReporter(store, { write: writeView, ready: ({ codes, z }) => codes && z?.every(Number.isFinite), live: { ...LIVE, take: adopt, put } });

  function update(component) {
    reporter.to(component);
    const { data } = component;
    if (!data?.model) return;
    store.set({ theme: themeOf(root), folds: data.folds ?? {}, glossary: data.glossary ?? {}, trajectories: data.trajectories ?? [], guided: !!data.guided });
    loader.follow(data);
  }

  async function load(info, rawView, signal) {
    if (state.codes && SAME.every((key) => String(info[key]) === String(state.info[key]))) return exchange(info, signal);
    const view = readView(rawView, info);
    session.clear();
    store.set({ ...view, ...waiting(view), x: null, drawing: null, z: null, info, model: null, codes: null, problem: null, hover: -1, progress: "Loading the decoder" });
    const arrived = new Set();
    const images = createImages(info, {
      onBlock: (first) => {
        arrived.add(Math.floor(first / info.block));
        if (state.images === images) store.set({ blocks: {}, problem: null });
      },
      onError: (error) => state.images === images && store.set({ problem: error.message }),
    });
    const onProgress = (bytes) => store.set({ progress: `Loading the decoder: ${(bytes / 1e6).toFixed(1)} MB` });
    const loaded = await loadModel(info, { signal, onProgress });
    if (signal.aborted) return;
    store.set({ model: loaded, images, arrived, z: view.z, progress: "Loading the encoded images" });
    const codes = await loaded.codes();
    if (signal.aborted) return;
    store.set({ codes });
    const home = homeOf(state);
    store.set({ home, window: state.window ?? [0, 0, home], z: state.z ?? firstCode(codes), progress: null });
    choose(view);
    if (state.guided && !view.z && view.x === null && !view.drawing) idle.start();
  }

  /** Take another snapshot of the same run: z, x and the window stay, and the window only ever grows to hold the codes. */
  async function exchange(info, signal) {
    const loaded = await loadModel(info, { signal });
    const codes = await loaded.codes();
    if (signal.aborted) return;
    const { x, drawing, q, z, window } = state;
    const moveZ = !!q && equal(z, Array.from(q.mu)); // z that lies at the mean of q stays there
    const home = Math.max(state.home, homeOf({ ...state, codes }));
    const grown = equal(window, [0, 0, state.home]) ? [0, 0, home] : window;
    store.set({ info, model: loaded, codes, home, window: grown, hover: -1, problem: null, progress: null });
    fetched = null;
    if (drawing) session.chooseDrawing(drawing, { moveZ });
    else if (x !== null) session.chooseImage(x, { moveZ });
  }

  /** After the first drag the images come too, so that the thumbnails of hover and of the nearest image are at hand. */
  function fetchImages() {
    const { images } = state;
    if (state.busy || !state.touched || !images || images === fetched || navigator.connection?.saveData) return;
    fetched = images;
    images.prefetchAll({ signal: loader.signal() });
  }

  /** Take a view that Python asks for, of the model that is there. */
  function adopt(rawView) {
    if (!state.model) return;
    const view = readView(rawView, state.info);
    session.clear();
    store.set({ ...view, ...waiting(view), x: null, drawing: null, z: view.z ?? firstCode(state.codes) });
    const home = state.codes ? homeOf(state) : state.home;
    store.set({ home, window: view.window ?? [0, 0, home] });
    takeSpot();
    choose(view);
  }

  /** UMAP's plane has come: it is shown as a whole, or as the link says. */
  function embedded() {
    if (state.plane !== "umap") return;
    const home = homeOf(state);
    store.set({ home, window: equal(state.window, [0, 0, state.home]) ? [0, 0, home] : state.window });
    takeSpot();
  }

  /** Put z where a link says that it was put on UMAP's plane, once that is there. */
  function takeSpot() {
    const { wantedSpot, z } = state;
    if (wantedSpot && z && projectionOf(state).kind === "umap") store.set({ ...projectionOf(state).move(z, ...wantedSpot), wantedSpot: null });
  }

  /**
   * Where z starts when nothing says where: at the first image that lies where the prior has its mass, since the origin
   * often decodes to nothing much.
   */
  function firstCode(codes) {
    if (!codes) return null;
    const D = state.info.latent_dim;
    const code = (n) => codes.mu.subarray(n * D, (n + 1) * D);
    const usual = Array.from({ length: codes.count }, (_, n) => n).find((n) => Math.hypot(...code(n)) < Math.sqrt(D) + 3);
    return Array.from(code(usual ?? 0));
  }

  /** Take over a few fields of the view of a room; on UMAP's plane its place says where z is. */
  function put({ spot, ...patch }) {
    store.set(patch);
    if (spot && projectionOf(state).kind === "umap") store.set(projectionOf(state).move(state.z, ...spot));
  }

  function choose(view) {
    reporter.knows({ ...state, x: view.x, drawing: view.drawing });
    if (view.drawing) session.chooseDrawing(view.drawing, { moveZ: !view.z });
    else if (view.x !== null) session.chooseImage(view.x, { moveZ: !view.z });
  }

  function failed() {
    store.set({ progress: null, window: state.window ?? [0, 0, state.home] });
  }

  function stop() {
    for (const part of [idle, loader, reporter, session, ...parts]) part.stop?.();
    store.stop();
    remove();
  }
  return { update, stop };
}

/**
 * Two columns: the plane and what belongs to it; the picture and what belongs to x. On a phone they are one. For a page that
 * shows more of the same model there are two slots: "below" the plane, and "beside" it, where the second column begins.
 */
function build(store, session, embedder, root, failure) {
  const bar = createToolbar(store, session, embedder);
  const plane = createPlane(store, session, createSelection(store));
  const legend = createLegend(store);
  const finder = createFindAndSelect(store, session);
  const caption = createCaption(store, plane.figureOf);
  const samples = createSamples(store, session);
  const diagram = createVaeDiagram(store, session);
  const decoded = createDecoded(store, session);
  const sliders = createSliders(store);
  const chosen = createSelectedX(store, session, plane.canvas);
  const elements = (...parts) => parts.map((part) => part.element);
  root.append(h("div.layout", {}, failure, bar.element,
    h("div.column", {}, ...elements(plane, legend), h("slot", { name: "below" }), ...elements(finder, caption, samples, diagram)),
    h("div.column", {}, h("slot", { name: "beside" }), ...elements(decoded, sliders, chosen)),
  ));
  return [bar, plane, legend, finder, caption, samples, diagram, decoded, sliders, chosen];
}

/** A place on UMAP's plane waits until the plane is there. */
const waiting = ({ spot }) => ({ spot: null, wantedSpot: spot, draft: null, missed: null });

/** hiddenMask[k] is 1 where class k is hidden; labels are bytes. */
function maskOf(hidden) {
  const mask = new Uint8Array(256);
  for (const k of hidden) mask[k] = 1;
  return mask;
}
