/** What a link holds of the live view: the run, those beside it, the moment (null: the newest), what aligns them. */

import { markSettled } from "../shared/component.js";
import { debounce } from "../shared/dom.js";
import { createLive } from "../shared/room_sync.js";

export const MOST_BESIDE = 3;
const SETTLED_MS = 300;
const KEYS = ["run", "compare", "step", "by"];

const isName = (value) => typeof value === "string" && value.length > 0;

/** @returns {{run: string | null, compare: string[], step: number | null, by: "step" | "seconds"}} */
export function readView(raw) {
  const { run, compare, step, by } = raw ?? {};
  const shown = isName(run) ? run : null;
  const beside = Array.isArray(compare) ? compare.filter((name) => isName(name) && name !== shown) : [];
  return {
    run: shown,
    compare: [...new Set(beside)].slice(0, MOST_BESIDE),
    step: Number.isInteger(step) && step >= 0 ? step : null,
    by: by === "seconds" ? "seconds" : "step",
  };
}

/** Tells Python of the view once it rests; what Python knows already it is not told again. */
export function settleView(store) {
  const { state } = store;
  const viewOf = () => Object.fromEntries(KEYS.map((key) => [key, state[key]]));
  let known = null;
  const put = (patch) => store.set({ ...readView({ ...viewOf(), ...patch }), playing: false });
  const room = createLive("train", { of: () => "", read: viewOf, take: put, put, light: KEYS, smooth: [], left: () => report() });
  const report = debounce(() => {
    if (room.follows()) return markSettled(state.component.parentElement, true);
    if (state.playing) return report();
    const json = JSON.stringify(viewOf());
    if (json !== known) {
      known = json;
      state.component.setStateValue("view", viewOf());
    }
    markSettled(state.component.parentElement, true);
  }, SETTLED_MS);
  store.on([...KEYS, "playing"], () => {
    if (state.component) markSettled(state.component.parentElement, false);
    report();
  });
  store.afterFrame((changed) => room.painted(KEYS.some((key) => changed.has(key))));
  const knows = (view) => {
    known = JSON.stringify(view);
    room.given();
  };
  return { knows, stop: () => (report.cancel(), room.stop()) };
}
