/** The state of one component. A change is painted once, in the next animation frame, however many changes led to it. */

/**
 * @returns {{state: Object, set: (patch: Object) => void, on: (keys: string[], react: (changed: Set<string>) => void)
 *   => void, afterFrame: (react: (changed: Set<string>, ms: number) => void) => void, stop: () => void}}
 *   `set` merges at once and asks for a frame; in it every reaction with a changed key runs, in the order of `on`
 */
export function createStore(initial) {
  const state = { ...initial };
  const reactions = [];
  const endings = [];
  let changed = new Set();
  let frame = 0;
  let stopped = false;

  function set(patch) {
    Object.assign(state, patch);
    for (const key of Object.keys(patch)) changed.add(key);
    if (!frame && !stopped) frame = requestAnimationFrame(run);
  }

  function run() {
    frame = 0;
    const now = changed;
    changed = new Set();
    const start = performance.now();
    for (const { keys, react } of reactions) if (keys.some((key) => now.has(key))) react(now);
    const ms = performance.now() - start;
    for (const react of endings) react(now, ms);
  }

  function stop() {
    stopped = true;
    cancelAnimationFrame(frame);
  }

  return {
    state,
    set,
    on: (keys, react) => reactions.push({ keys, react }),
    afterFrame: (react) => endings.push(react),
    stop,
  };
}
