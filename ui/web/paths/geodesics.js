/** Geodesics, which the server works out leg by leg; each is asked for once the stops rest, and kept. */

import { fetchJson } from "../engine/fetch.js";

const KEPT = 64;
const REST_MS = 200;

/** @param {() => void} arrived  called when a leg has come, or has been refused */
export function createGeodesics(arrived) {
  const kept = new Map(); // address -> {path, length, ...} | {problem} | {waiting: AbortController}

  /** What is known of the geodesics between these pairs of codes; what is not is asked for, all else is called off. */
  function legs(info, pairs) {
    const addresses = pairs.map(([a, b]) => `${info.geodesic}?a=${text(a)}&b=${text(b)}`);
    forget((address, { waiting }) => waiting && !addresses.includes(address));
    for (const address of addresses) {
      const leg = kept.get(address);
      kept.delete(address);
      if (leg) kept.set(address, leg); // the last used is the last to go
      else ask(address);
    }
    while (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return addresses.map((address) => kept.get(address));
  }

  async function ask(address) {
    const waiting = new AbortController();
    kept.set(address, { waiting });
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    if (waiting.signal.aborted) return;
    try {
      kept.set(address, await fetchJson(address, "The geodesic", { signal: waiting.signal }));
    } catch (error) {
      if (waiting.signal.aborted) return;
      kept.set(address, { problem: error.message });
    }
    arrived();
  }

  function forget(unwanted) {
    for (const [address, leg] of kept) {
      if (!unwanted(address, leg)) continue;
      leg.waiting?.abort();
      kept.delete(address);
    }
  }
  return { legs, retry: () => forget((_, { problem }) => problem), stop: () => forget(() => true) };
}

const text = (z) => z.map((value) => Number(Math.fround(value).toPrecision(9))).join(",");
