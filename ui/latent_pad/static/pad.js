/**
 * The latent pad: Streamlit calls `mount` with every new `data`, with every change of theme, and once at first.
 * One pad lives for one parent element; each call brings it up to date.
 */

import { debounce, h } from "./dom.js";
import { createImages } from "./engine/images.js";
import { loadModel } from "./engine/model.js";
import { homeHalf } from "./nearest.js";
import { themeOf } from "./palette.js";
import { createBar, createCaption } from "./panels/caption.js";
import { createChosen } from "./panels/chosen.js";
import { createDecoded } from "./panels/decoded.js";
import { createLegend } from "./panels/legend.js";
import { createSamples } from "./panels/samples.js";
import { createSliders } from "./panels/sliders.js";
import { createPlane } from "./plane.js";
import { createSession } from "./session.js";
import { VIEW_KEYS, createStore, readView, writeView } from "./store.js";

const SETTLED_MS = 150;
const pads = new WeakMap();

/** @param {{data: Object, parentElement: Element | ShadowRoot, setStateValue: Function}} component */
export default function mount(component) {
  const { parentElement } = component;
  if (!pads.has(parentElement)) pads.set(parentElement, createPad(parentElement));
  const pad = pads.get(parentElement);
  pad.update(component);
  return () => {
    pad.stop();
    pads.delete(parentElement);
  };
}

function createPad(parent) {
  const store = createStore({ hidden: [], overlays: [], draws: [], axes: [0, 1], seed: 0, source: "posterior", hover: -1, home: 3.4 });
  const { state } = store;
  state.peek = (index) => (state.arrived?.has(Math.floor(index / state.info.block)) ? state.images.get(index) : null);
  const failure = h("div.failure", { role: "alert", hidden: true });
  const root = h("div.pad", { hidden: true });
  const style = h("link", { rel: "stylesheet", href: new URL("pad.css", import.meta.url).href, onload: reveal, onerror: reveal });
  let component = null;
  let model = null; // JSON of the descriptor in use
  let received = null; // JSON of the last view from Python
  let sent = null; // JSON of the last view to Python
  let loading = null;

  let fetched = null; // the images that are being fetched in the background
  store.on(["busy"], fetchImages);
  store.on(["hidden", "info"], () => (state.hiddenMask = maskOf(state.hidden)));
  const session = createSession(store);
  const parts = build(store, session, root, failure);
  parent.append(style, root);

  function reveal() {
    root.hidden = false;
    store.set({ theme: themeOf(root) });
  }

  function update(next) {
    component = next;
    const { data } = next;
    if (!data?.model) return;
    store.set({ theme: themeOf(root), folds: data.folds ?? {} });
    const json = JSON.stringify(data.model);
    const view = JSON.stringify(data.view ?? null);
    if (json !== model) {
      model = json;
      received = view;
      load(data.model, data.view);
    } else if (view !== received) {
      received = view;
      if (state.model) adopt(readView(data.view, state.info));
    }
  }

  async function load(info, rawView) {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    failure.hidden = true;
    const view = readView(rawView, info);
    session.clear();
    store.set({ ...view, x: null, drawing: null, z: null, info, model: null, codes: null, problem: null, hover: -1, progress: "Loading the decoder" });
    const arrived = new Set();
    const images = createImages(info, {
      onBlock: (first) => {
        arrived.add(Math.floor(first / info.block));
        if (!signal.aborted) store.set({ blocks: {}, problem: null });
      },
      onError: (error) => !signal.aborted && store.set({ problem: error.message }),
    });
    try {
      const onProgress = (bytes) => store.set({ progress: `Loading the decoder: ${(bytes / 1e6).toFixed(1)} MB` });
      const loaded = await loadModel(info, { signal, onProgress });
      if (signal.aborted) return;
      store.set({ model: loaded, images, arrived, z: view.z, progress: "Loading the encoded images" });
      const codes = await loaded.codes();
      if (signal.aborted) return;
      const home = homeHalf(codes, info.latent_dim, state.axes);
      store.set({ codes, home, window: state.window ?? [0, 0, home], z: state.z ?? firstCode(codes), progress: null });
      choose(view);
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  }

  /** After the first drag the images come too, so that the thumbnails of hover and of the nearest image are at hand. */
  function fetchImages() {
    const { images } = state;
    if (state.busy || !state.touched || !images || images === fetched || navigator.connection?.saveData) return;
    fetched = images;
    images.prefetchAll({ signal: loading.signal });
  }

  /** Take a view that Python asks for, of the model that is there. */
  function adopt(view) {
    session.clear();
    store.set({ ...view, x: null, drawing: null, z: view.z ?? firstCode(state.codes), window: view.window ?? [0, 0, state.home] });
    choose(view);
  }

  /** Where z starts when nothing says where: at the first image, since the origin often decodes to nothing much. */
  function firstCode(codes) {
    return codes && Array.from(codes.mu.subarray(0, state.info.latent_dim));
  }

  function choose(view) {
    sent = JSON.stringify(writeView({ ...state, x: view.x, drawing: view.drawing }));
    if (view.drawing) session.chooseDrawing(view.drawing, { moveZ: !view.z });
    else if (view.x !== null) session.chooseImage(view.x, { moveZ: !view.z });
  }

  function fail(error) {
    store.set({ progress: null, window: state.window ?? [0, 0, state.home] });
    const again = () => load(component.data.model, component.data.view);
    failure.replaceChildren(h("p", {}, error.message), h("button", { type: "button", onclick: again }, "Try again"));
    failure.hidden = false;
  }

  const emit = debounce(() => {
    if (state.busy) return emit();
    if (!state.codes || !state.z?.every(Number.isFinite)) return;
    const view = writeView(state);
    const json = JSON.stringify(view);
    if (json === sent) return;
    sent = json;
    component.setStateValue("view", view);
  }, SETTLED_MS);
  store.afterFrame((changed) => VIEW_KEYS.some((key) => changed.has(key)) && emit());

  function stop() {
    loading?.abort();
    emit.cancel();
    session.stop();
    for (const part of parts) part.stop?.();
    store.stop();
    root.remove();
    style.remove();
  }
  return { update, stop };
}

/** Two columns: the plane and what belongs to it; the picture and what belongs to x. On a phone they are one. */
function build(store, session, root, failure) {
  const bar = createBar(store);
  const plane = createPlane(store, session);
  const legend = createLegend(store);
  const caption = createCaption(store);
  const samples = createSamples(store, session);
  const decoded = createDecoded(store, session);
  const sliders = createSliders(store);
  const chosen = createChosen(store, session);
  const elements = (...parts) => parts.map((part) => part.element);
  root.append(h("div.layout", {},
    h("div.column", {}, failure, ...elements(bar, plane, legend, caption, samples)),
    h("div.column", {}, ...elements(decoded, sliders, chosen)),
  ));
  return [bar, plane, legend, caption, samples, decoded, sliders, chosen];
}

/** hiddenMask[k] is 1 where class k is hidden; labels are bytes. */
function maskOf(hidden) {
  const mask = new Uint8Array(256);
  for (const k of hidden) mask[k] = 1;
  return mask;
}
