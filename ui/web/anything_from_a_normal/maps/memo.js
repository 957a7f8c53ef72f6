/** What a map of the line gives at z, remembered: while t changes every frame asks for the same z, and f stays the same. */

const MOST = 50_000; // places kept of one map
const kept = new WeakMap(); // of each map: from z to [x, p(x)]

/** @returns {[number, number]} x = f(z), and the density there */
export function applyMemoized(f, z) {
  let places = kept.get(f);
  if (!places || places.size >= MOST) kept.set(f, (places = new Map()));
  let found = places.get(z);
  if (!found) {
    const x = f.fromNormal(z);
    places.set(z, (found = [x, f.density(x)]));
  }
  return found;
}
