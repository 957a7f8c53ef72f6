/** Snapshots of runs, fetched once when they are needed: the facts for the map, the codes, the whole model. */

import { fetchBinary } from "../engine/fetch.js";
import { loadModel } from "../engine/model.js";
import { parseSafetensors } from "../engine/safetensors.js";

const MODELS = 6; // decoders that are kept
const CODES = 120;

/** @typedef {import("./records.js").Snapshot} Snapshot */

export function createSnapshots() {
  const facts = createCache(400, async (run, snapshot) => {
    const raw = await fetchBinary(`${at(run, snapshot)}/facts.json`, `the moment at step ${snapshot.step}`);
    return JSON.parse(new TextDecoder().decode(raw));
  });
  const codes = createCache(CODES, async (run, snapshot) => {
    const raw = await fetchBinary(`${at(run, snapshot)}/codes.safetensors`, `the codes at step ${snapshot.step}`);
    const { mu, logvar, label } = parseSafetensors(raw).tensors;
    return { count: label.shape[0], D: mu.shape[1], mu: mu.data, logvar: logvar.data, label: label.data };
  });
  const models = createCache(MODELS, async (run, snapshot) => loadModel(await facts(run, snapshot)));
  return { facts, codes, model: models };
}

const at = (run, { step, token }) => `lab/moments/${encodeURIComponent(run)}/${step}/${token}`;

/** The last `most` answers by run and snapshot; one that failed is asked for anew. */
function createCache(most, load) {
  const kept = new Map();

  return function get(run, snapshot) {
    const key = [run, snapshot.step, snapshot.token].join("/");
    const promise = kept.get(key) ?? load(run, snapshot);
    kept.delete(key);
    kept.set(key, promise);
    promise.catch(() => kept.delete(key));
    if (kept.size > most) kept.delete(kept.keys().next().value);
    return promise;
  };
}
