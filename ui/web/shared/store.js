/**
 * The state of one component. A change is painted once, in the next animation frame, however many changes led to it: first
 * what is derived from it is computed, then what reacts to it runs.
 *
 * @typedef {Object} Store
 * @property {Object} state  to be read: assigning to it is an error
 * @property {(patch: Object) => void} set  merges at once and asks for a frame; a key that is derived is refused
 * @property {(keys: string[], dependsOn: string[], compute: (state: Object, changed: Set<string>) => Object) => void} derive
 *   declares keys that are computed from others: in a frame in which one of `dependsOn` has changed, after all derived
 *   state among them and before any reaction. `compute` gives a value for each key, and may read the value before; a key
 *   counts as changed where its value is another one. Keys of another derivation, and a circle, are refused
 * @property {(keys: string[], react: (changed: Set<string>) => void) => void} on  runs in a frame in which one of `keys` has
 *   changed, in any order; what it sets asks for the next frame
 * @property {(react: (changed: Set<string>, ms: number) => void) => void} afterFrame  runs after all of them; ms: their time
 * @property {() => void} stop
 */

/** @returns {Store} */
export function createStore(initial) {
  const values = { ...initial };
  const state = new Proxy(values, READ_ONLY);
  const derived = new Set(); // keys
  let derivations = []; // in the order of what they depend on
  const reactions = [];
  const endings = [];
  let changed = new Set();
  let frame = 0;
  let stopped = false;

  function set(patch) {
    for (const key of Object.keys(patch)) {
      if (derived.has(key)) throw new Error(`state.${key} is derived: set what it depends on.`);
    }
    Object.assign(values, patch);
    for (const key of Object.keys(patch)) changed.add(key);
    if (!frame && !stopped) frame = requestAnimationFrame(run);
  }

  function derive(keys, dependsOn, compute) {
    const taken = keys.find((key) => derived.has(key));
    if (taken) throw new Error(`state.${taken} is derived already.`);
    derivations = sortByDependency([...derivations, { keys, dependsOn, compute }]);
    for (const key of keys) derived.add(key);
  }

  function run() {
    frame = 0;
    const now = changed;
    changed = new Set();
    const start = performance.now();
    const concerns = (keys) => keys.some((key) => now.has(key));
    for (const { keys, dependsOn, compute } of derivations) {
      if (!concerns(dependsOn)) continue;
      const found = compute(state, now);
      for (const key of keys) {
        if (!Object.is(values[key], found[key])) now.add(key);
        values[key] = found[key];
      }
    }
    for (const { keys, react } of reactions) if (concerns(keys)) react(now);
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
    derive,
    on: (keys, react) => reactions.push({ keys, react }),
    afterFrame: (react) => endings.push(react),
    stop,
  };
}

const READ_ONLY = {
  set(_, key) {
    throw new Error(`state.${key} is read only: use set or derive.`);
  },
  defineProperty(_, key) {
    throw new Error(`state.${key} is read only: use set or derive.`);
  },
  deleteProperty(_, key) {
    throw new Error(`state.${key} is read only: use set or derive.`);
  },
};

/** Each derivation after those that compute what it depends on. */
function sortByDependency(derivations) {
  const sorted = new Set();
  const ownerOf = (key) => derivations.find(({ keys }) => keys.includes(key));
  function visit(derivation, path) {
    if (sorted.has(derivation)) return;
    if (path.includes(derivation)) throw new Error(`Derived state depends on itself: ${path.map(({ keys }) => keys[0]).join(", ")}.`);
    for (const owner of derivation.dependsOn.map(ownerOf)) if (owner) visit(owner, [...path, derivation]);
    sorted.add(derivation);
  }
  for (const derivation of derivations) visit(derivation, []);
  return [...sorted];
}
