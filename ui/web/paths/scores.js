/** Scores of disentanglement, which the server works out once: asked for when they are to be seen. */

/** `state.scores` is what the server says (see ui/pages/paths/scores.py), {problem}, {waiting: true}, or null. */
export function createScores(store) {
  const { state } = store;
  let aborter = null;

  store.on(["info"], () => {
    aborter?.abort();
    aborter = null;
  });
  store.on(["info", "task", "codes"], () => {
    if (aborter || state.task !== "factors" || !state.codes || !state.info.factors.length) return;
    ask();
  });

  async function ask() {
    aborter = new AbortController();
    const { signal } = aborter;
    const { info } = state;
    store.set({ scores: { waiting: true } });
    try {
      const scores = await fetched(info, signal);
      if (info === state.info) store.set({ scores });
    } catch (error) {
      if (!signal.aborted) store.set({ scores: { problem: error.message } });
    }
  }
  return { ask, stop: () => aborter?.abort() };
}

async function fetched({ scores }, signal) {
  let response;
  try {
    response = await fetch(new URL(scores, document.baseURI), { signal });
  } catch (error) {
    throw new Error("The scores could not be asked for: the connection to the server failed.", { cause: error });
  }
  if (!response.ok) throw new Error(response.status < 500 ? await response.text() : `The scores could not be worked out: the server answered ${response.status}.`);
  return response.json();
}
