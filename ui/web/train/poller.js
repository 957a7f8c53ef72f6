/**
 * Asks the server for changes: one small request a second at most, for everything that is shown; four a second until a
 * training that starts has its first record; seldom when nothing moves or while the tab is hidden, whose title says how far
 * a training is, and less and less often while the server does not answer. A hidden tab in which nothing moves does not ask.
 */

const LIVE_MS = 1000;
const REST_MS = 10_000; // nothing that is shown moves, or nobody looks
const MOST_WAIT_MS = 10_000; // between two tries of a server that does not answer
const SOON_MS = 250; // after a button, and until the first record
const LIST_EVERY = 4; // requests

export function createPoller(store) {
  const { state } = store;
  let timer = 0;
  let began = -Infinity; // when the last request was sent
  let busy = false;
  let fresh = false; // something was done while a request was under way
  let failures = 0;
  let count = 0;
  let stopped = false;
  document.addEventListener("visibilitychange", onVisibility);
  store.on(["run", "compare"], () => soon(0));

  function onVisibility() {
    if (document.hidden) plan(REST_MS);
    else soon(0);
  }

  const pace = () => (begins(state) ? SOON_MS : LIVE_MS);

  /** Ask again in a moment, however long the next turn is away, but no earlier than the pace allows. */
  function soon(wait = SOON_MS) {
    fresh = true;
    if (!busy) plan(wait);
  }

  function plan(wait) {
    clearTimeout(timer);
    if (stopped || (document.hidden && !moving(state))) return;
    const earliest = began + (document.hidden ? REST_MS : pace()) - performance.now();
    timer = setTimeout(ask, Math.max(0, wait, earliest));
  }

  async function ask() {
    began = performance.now();
    [busy, fresh] = [true, false];
    try {
      const response = await fetch(new URL(addressOf(state, count % LIST_EVERY === 0 || !state.runs), document.baseURI), { cache: "no-store" });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      take(store, await response.json());
      [failures, count] = [0, count + 1];
      if (state.trouble) store.set({ trouble: "" });
    } catch {
      failures += 1;
      if (failures > 1) store.set({ trouble: "The server does not answer. A training goes on without it; this page tries again." });
    }
    busy = false;
    if (stopped) return;
    if (failures) plan(Math.min(MOST_WAIT_MS, 500 * 2 ** failures));
    else plan(fresh ? SOON_MS : moving(state) ? pace() - (performance.now() - began) : REST_MS);
  }

  function start() {
    if (began === -Infinity && !busy) plan(0);
  }

  function stop() {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisibility);
  }
  return { start, soon, stop };
}

function addressOf({ run, compare, records }, list) {
  const params = new URLSearchParams(list ? { list: "1" } : {});
  for (const name of run ? [run, ...compare] : []) {
    params.append("run", name);
    params.append("after", String(records.last(name)));
  }
  return `lab/live?${params}`;
}

/** Whether a trainer is at work of which nothing is to be seen yet. */
function begins({ run, records }) {
  return !!run && ["starting", "running"].includes(records.status(run)?.state) && !records.lines(run).length;
}

/** Whether something that is shown may change by itself. */
function moving({ run, compare, runs, records }) {
  if (run) return [run, ...compare].some((name) => !records.status(name)?.ended && !records.status(name)?.gone);
  return (runs ?? []).some(({ state }) => ["queued", "starting", "running"].includes(state));
}

/** Put an answer into the store; what has not changed asks for no repaint. */
function take(store, { runs, live, now }) {
  const { state } = store;
  const changed = {};
  if (runs && JSON.stringify(runs) !== JSON.stringify(state.runs)) changed.runs = runs;
  for (const [name, answer] of Object.entries(live ?? {})) {
    const news = state.records.add(name, answer);
    if (news.records) changed.lines = {};
    if (news.snapshots) changed.saved = {};
    if (news.status) changed.status = {};
  }
  store.set({ ...changed, now, answered: performance.now() });
}
