/** Snapshots of runs, fetched once when they are needed: the facts for the map, the codes, the whole model. */

import { fetchBinary } from "../engine/fetch.js";
import { loadModel } from "../engine/model.js";
import { parseSafetensors } from "../engine/safetensors.js";

const MODELS = 6; // decoders that are kept
const CODES = 120;

/** @typedef {import("./records.js").Moment} Moment */

export function createSnapshots() {
  const facts = createCache(400, async (run, moment) => {
    const raw = await fetchBinary(`${at(run, moment)}/facts.json`, `the moment at step ${moment.step}`);
    return JSON.parse(new TextDecoder().decode(raw));
  });
  const codes = createCache(CODES, async (run, moment) => {
    const raw = await fetchBinary(`${at(run, moment)}/codes.safetensors`, `the codes at step ${moment.step}`);
    const { mu, logvar, label } = parseSafetensors(raw).tensors;
    return { count: label.shape[0], D: mu.shape[1], mu: mu.data, logvar: logvar.data, label: label.data };
  });
  const models = createCache(MODELS, async (run, moment) => loadModel(await facts(run, moment)));
  return { facts, codes, model: models };
}

const at = (run, { step, token }) => `lab/moments/${encodeURIComponent(run)}/${step}/${token}`;

/** The last `most` answers by run and snapshot; one that failed is asked for anew. */
function createCache(most, load) {
  const kept = new Map();

  return function get(run, moment) {
    const key = [run, moment.step, moment.token].join("/");
    const promise = kept.get(key) ?? load(run, moment);
    kept.delete(key);
    kept.set(key, promise);
    promise.catch(() => kept.delete(key));
    if (kept.size > most) kept.delete(kept.keys().next().value);
    return promise;
  };
}
