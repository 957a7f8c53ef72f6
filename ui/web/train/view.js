/**
 * The view of the live view: the run, those beside it, the step of the snapshot (null: the newest), what aligns them.
 */

import { markSettled } from "../shared/component.js";
import { debounce } from "../shared/dom.js";
import { createLive } from "../shared/room_sync.js";
import { readView as read, writeView } from "../shared/view.js";

const SETTLED_MS = 300;
const KEYS = ["run", "compare", "step", "by"];

const OWN = { compare: { standard: () => [] } };

/** @returns {{run: string | null, compare: string[], step: number | null, by: "step" | "seconds"}} */
export function readView(raw, info) {
  const view = read(raw, info, OWN);
  return { ...view, run: view.run || null, compare: [...new Set(view.compare)].filter((name) => name && name !== view.run) };
}

/** Tells Python of the view once it rests; what Python knows already it is not told again. */
export function settleView(store) {
  const { state } = store;
  const viewOf = () => writeView(state);
  let known = null;
  const put = (patch) => store.set({ ...readView({ ...viewOf(), ...patch }, state.info), playing: false });
  const room = createLive("train", { of: () => (state.info ? "" : null), read: viewOf, take: put, put, syncOf: () => "field", left: () => report() });
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
