/**
 * Until somebody touches the page, z glides from class to class, so that one sees at once what the map does. Not where the
 * visitor asks for less motion, nor where a link says where z is; it ends by itself after half a minute.
 */

const SPEED = 0.9; // units of z in a second
const LONGEST_MS = 30_000;
const MOST_STOPS = 10;
const TOUCHES = ["pointerdown", "keydown", "wheel"];

/** @returns {{start: () => void, stop: () => void}} */
export function createIdleMotion(store) {
  const { state } = store;
  let frame = 0;

  function start() {
    stop();
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || !state.codes) return;
    const stops = stopsOf(state);
    if (stops.length < 2) return;
    for (const name of TOUCHES) addEventListener(name, stop, { capture: true, passive: true });
    const begun = performance.now();
    let last = begun;
    let [leg, way] = [0, 0];
    const move = (now) => {
      if (now - begun > LONGEST_MS || state.touched || state.x !== null || state.drawing) return stop();
      const seconds = Math.min(0.05, (now - last) / 1000); // a hidden tab does not jump
      last = now;
      way += seconds * SPEED;
      let length = distance(stops[leg], stops[(leg + 1) % stops.length]);
      while (way > length) {
        way -= length;
        leg = (leg + 1) % stops.length;
        length = distance(stops[leg], stops[(leg + 1) % stops.length]);
      }
      const u = ease(way / length);
      store.set({ z: stops[leg].map((value, j) => value + u * (stops[(leg + 1) % stops.length][j] - value)) });
      frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
  }

  function stop() {
    cancelAnimationFrame(frame);
    frame = 0;
    for (const name of TOUCHES) removeEventListener(name, stop, { capture: true });
  }
  return { start, stop };
}

const ease = (u) => u * u * (3 - 2 * u);
const distance = (a, b) => Math.max(1e-6, Math.hypot(...a.map((value, j) => value - b[j])));

/** The median code of each class, from where z is to the nearest one not yet visited, and so on. */
function stopsOf({ codes, info, z }) {
  const D = info.latent_dim;
  const classes = Math.max(1, Math.min(MOST_STOPS, info.classes.length));
  const left = Array.from({ length: classes }, (_, k) => medianOf(codes, D, k)).filter(Boolean);
  const stops = [z.slice()];
  while (left.length) {
    const from = stops.at(-1);
    left.sort((a, b) => distance(from, a) - distance(from, b));
    stops.push(left.shift());
  }
  return stops;
}

function medianOf({ mu, label, count }, D, k) {
  const members = [];
  for (let n = 0; n < count; n++) if (label[n] === k) members.push(n);
  if (!members.length) return null;
  return Array.from({ length: D }, (_, j) => members.map((n) => mu[n * D + j]).sort((a, b) => a - b)[members.length >> 1]);
}
