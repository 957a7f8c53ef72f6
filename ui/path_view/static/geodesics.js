/** Geodesics, which the server works out leg by leg; each is asked for once and kept. */

const KEPT = 64;

/** @param {() => void} arrived  called when a leg has come, or has been refused */
export function createGeodesics(arrived) {
  const kept = new Map(); // address -> {nodes, length, ...} | {problem} | {waiting: true}
  let aborter = new AbortController();

  /** What is known of the geodesic between two codes now; asked for when nothing is. */
  function leg(info, a, b) {
    const address = `${info.geodesic}?a=${text(a)}&b=${text(b)}`;
    if (!kept.has(address)) ask(address);
    return kept.get(address);
  }

  async function ask(address) {
    kept.set(address, { waiting: true });
    while (kept.size > KEPT) kept.delete(kept.keys().next().value);
    const { signal } = aborter;
    try {
      kept.set(address, await fetched(address, signal));
    } catch (error) {
      if (signal.aborted) return;
      kept.set(address, { problem: error.message });
      setTimeout(() => kept.delete(address), 5000); // the next change tries again
    }
    arrived();
  }

  function stop() {
    aborter.abort();
    aborter = new AbortController();
    kept.clear();
  }
  return { leg, stop };
}

async function fetched(address, signal) {
  let response;
  try {
    response = await fetch(new URL(address, document.baseURI), { signal });
  } catch (error) {
    throw new Error("The geodesic could not be asked for: the connection to the server failed.", { cause: error });
  }
  if (!response.ok) throw new Error(response.status < 500 ? await response.text() : `The geodesic could not be worked out: the server answered ${response.status}.`);
  return response.json();
}

const text = (z) => z.map((value) => Number(Math.fround(value).toPrecision(9))).join(",");
