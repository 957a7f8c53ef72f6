/**
 * UMAP's plane of the codes: asked of the server when it is chosen, followed while it is laid out, called off on request;
 * how far it is; and the real codes that z lies between there. `state.embedding` is there once it has come; `state.umap` is
 * {phase, share, sentence}.
 */

import { fetchBinary } from "../engine/fetch.js";
import { parseSafetensors } from "../engine/safetensors.js";
import { button, h, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { projectionOf } from "../shared/projection.js";
import { createThumbnailRow } from "./thumbnails.js";

const ASK_MS = 700;
const ENDED = { failed: true, cancelled: true, none: true };

/**
 * @param {(embedding: Object) => void} arrived  called when it has come
 * @param {() => void} fallBack  to another plane, when it will not come
 */
export function createUmapClient(store, arrived, fallBack) {
  const { state } = store;
  const who = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  let asked = null; // the codes whose plane is being waited for
  let timer = 0;

  store.on(["codes"], leave);
  store.on(["plane", "codes"], () => {
    if (state.plane === "umap" && state.codes && state.embedding?.codes !== state.codes && asked !== state.codes) begin();
  });

  function begin() {
    asked = state.codes;
    follow(asked, "start");
  }

  async function follow(codes, want = "") {
    try {
      const told = state.info.umap_told ?? (await ask(state.info.umap, who, want));
      if (asked !== codes) return;
      if (told.state === "ready") return await take(codes, told);
      if (ENDED[told.state]) return end(told.state, told.sentence || "The server stopped UMAP because no page was waiting for it.");
      store.set({ umap: { phase: told.state, share: told.share } });
      timer = setTimeout(() => follow(codes), ASK_MS);
    } catch (error) {
      if (asked === codes) end("failed", error.message);
    }
  }

  async function take(codes, told) {
    const buffer = await fetchBinary(`${state.info.umap}/${told.version}`, "the plane of UMAP");
    if (asked !== codes) return;
    const { places } = parseSafetensors(buffer).tensors;
    if (places?.shape.join() !== `${codes.count},2`) throw new Error("The plane of UMAP does not fit the codes: reload the page.");
    asked = null;
    const embedding = { codes, places: places.data, seed: told.seed, trust: told.trustworthiness, pcaTrust: told.pca_trustworthiness };
    store.set({ embedding, umap: null });
    arrived(embedding);
  }

  function end(phase, sentence) {
    asked = null;
    if (state.plane === "umap") fallBack();
    store.set({ umap: { phase, sentence } });
  }

  function leave() {
    clearTimeout(timer);
    if (asked && state.info?.umap) ask(state.info.umap, who, "stop").catch(() => {}); // the server ends what nobody asks for
    asked = null;
    if (state.umap) store.set({ umap: null });
  }

  function cancel() {
    leave();
    if (state.plane === "umap") fallBack();
    store.set({ umap: { phase: "cancelled", sentence: "You cancelled UMAP. Choose it again to start over. PCA needs no waiting." } });
  }

  return { cancel, stop: leave };
}

async function ask(address, who, want) {
  const query = new URLSearchParams(want ? { who, want } : { who });
  let response = null;
  try {
    response = await fetch(new URL(`${address}?${query}`, document.baseURI), { method: want ? "POST" : "GET", cache: "no-store" });
    if (response.ok) return await response.json();
  } catch (error) {
    throw new Error("UMAP could not be asked for: the connection to the server failed. Choose it again to try once more.", { cause: error });
  }
  throw new Error((await response.text()).slice(0, 300) || `UMAP could not be asked for: the server answered ${response.status}.`);
}

const WORDS = "An approximation: a place on UMAP's plane is no code. The picture is decoded from a mean of the codes of these test images, weighted by how near they lie on the plane.";
const ELSEWHERE = "UMAP has no exact place for this z. The mark is an estimate from its nearest neighbours; the picture is exact.";

/** The real codes that z lies between on UMAP's plane, since the plane itself has no codes. */
export function createUmapNeighbours(store, session) {
  const { state } = store;
  const words = h("p.note", { "data-testid": "between-words" });
  const thumbs = createThumbnailRow(store, session, 4, { "aria-label": "Nearest codes on the plane", "data-testid": "between" });
  const element = h("div.between", { hidden: true }, words, thumbs.element);
  store.on(["z", "plane", "embedding", "codes", "busy"], () => {
    element.hidden = !state.z || projectionOf(state).kind !== "umap";
    if (element.hidden) return;
    const from = state.spot?.z === state.z ? state.spot.from : [];
    setText(words, from.length ? WORDS : ELSEWHERE);
    thumbs.show(from.map(({ index, weight }) => ({ index, words: `${Math.round(100 * weight)} %` })));
  });
  return { element };
}

/** How far UMAP is, with a way out; and why it is not there. */
export function createUmapProgress(store, { cancel }) {
  const { state } = store;
  const words = h("span", { role: "status", "data-testid": "umap-words" });
  const bar = h("progress", { max: "1", "aria-label": "UMAP" });
  const off = button("Cancel", cancel, { "data-testid": "umap-cancel" });
  const element = h("div.waiting", { hidden: true }, words, bar, off);
  store.on(["umap", "codes"], () => {
    const { umap, codes } = state;
    element.hidden = !umap;
    if (!umap) return;
    bar.hidden = off.hidden = !!umap.sentence;
    if (umap.share > 0) bar.value = umap.share;
    else bar.removeAttribute("value");
    setText(words, umap.sentence ?? progressWords(umap, codes));
  });
  return element;
}

function progressWords({ phase, share }, codes) {
  if (phase === "waiting") return "UMAP is waiting for another UMAP to finish. You can use the map meanwhile.";
  const how = share > 0 ? `${Math.round(100 * share)} %` : "it prepares, about half a minute";
  return `UMAP of ${count(codes?.count ?? 0)} codes is laid out on the server: ${how}. The map can be used meanwhile.`;
}
