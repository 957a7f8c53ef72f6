/** The known factors of the pictures: what they are called, and the value that each picture has, fetched once it is asked for. */

import { fetchBinary } from "../engine/fetch.js";
import { parseSafetensors } from "../engine/safetensors.js";

/** "hairColor" as "hair color". */
export const factorName = ({ name }) => name.replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);

/** A colour is told from other values by its hash. */
export const valueName = (value) => (/^[0-9a-f]{6}$/.test(value) ? `#${value}` : value);

/** "factor.2.5" as [2, 5]; null for any other group. */
export const factorOf = (text) => (text.startsWith("factor.") ? text.split(".").slice(1).map(Number) : null);

/** "hair color #603a14" of a group that a factor makes. */
export function groupName(text, { factors }) {
  const [k, v] = factorOf(text);
  return `${factorName(factors[k])} ${valueName(factors[k].values[v])}`;
}

/**
 * Sets `state.factorIndex`, [N * F] of the codes' pictures, once `wanted` says that it is; or `state.factorProblem`.
 * @param {(state: Object) => boolean} wanted
 */
export function createFactors(store, wanted) {
  const { state } = store;
  let aborter = null;

  store.on(["info"], () => {
    aborter?.abort();
    aborter = null;
  });
  store.on(["info", "task", "plus", "minus", "codes"], () => {
    if (aborter || !state.codes || !state.info.factors.length || !wanted(state)) return;
    aborter = new AbortController();
    fetchIndex(state.info, aborter.signal);
  });

  async function fetchIndex(info, signal) {
    const { factor_index: address, factors } = info;
    try {
      const { index } = parseSafetensors(await fetchBinary(address, "the known factors", { signal })).tensors;
      if (index?.shape[1] !== factors.length) throw new Error("The known factors that the server sent do not fit the model.");
      if (info === state.info) store.set({ factorIndex: index.data });
    } catch (error) {
      if (!signal.aborted) store.set({ factorProblem: error.message });
    }
  }
  return { stop: () => aborter?.abort() };
}
