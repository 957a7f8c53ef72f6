/**
 * The latent map of the run at the snapshot that is shown: the component latent_map, whose model is exchanged in place.
 * The element `beside` takes the slot of that name at the map's side, `below` the one under its plane, where there is a map.
 */

import mountLatentMap from "../latent_map/main.js";
import { h, setText } from "../shared/dom.js";
import { snapshotAt } from "./records.js";

const VIEW = { overlays: ["prior"], source: "prior" };

export function createMap(store, beside, below) {
  const { state } = store;
  const note = h("p.note", { "data-testid": "map-note" });
  const host = h("div.pad-host", {}, beside);
  const element = h("section.map", { "aria-label": "Latent map", hidden: true }, note, host);
  let shadow = null; // the pad has a root of its own, so that its styles stay with it
  let unmount = null;
  let shown = ""; // run and snapshot that the map has
  let wanted = "";
  let problem = ""; // why the snapshot that was asked for last is not there
  let run = null;
  let turn = 0;

  store.on(["run", "saved", "step", "status", "compare", "followed", "trajectories", "theme", "picked"], show);

  function show() {
    const status = state.run && state.records.status(state.run);
    const snapshot = state.run && snapshotAt(state.records.snapshots(state.run), state.step);
    element.hidden = !state.run || !status || status.gone || state.compare.length > 0;
    if (element.hidden) return clear();
    if (state.run !== run) clear();
    run = state.run;
    setText(note, noteOf(status, snapshot) || problem);
    if (!snapshot || status.no_map) return;
    const key = [run, status.born, snapshot.step, snapshot.token].join("/");
    if (key !== wanted) bring(key, run, snapshot);
    else if (key === shown) mount(state.snapshotFacts);
  }

  /** Fetch what the pad must know of the snapshot; what was wanted meanwhile goes first. */
  async function bring(key, name, snapshot) {
    wanted = key;
    store.set({ mapBusy: true });
    try {
      const facts = await state.snapshots.facts(name, snapshot);
      await Promise.all([state.snapshots.model(name, snapshot), state.snapshots.codes(name, snapshot)]);
      if (wanted !== key) return;
      [shown, problem] = [key, ""];
      store.set({ snapshotFacts: facts, snapshot, mapBusy: false });
      setText(note, "");
      mount(facts);
    } catch (error) {
      if (wanted !== key) return;
      [wanted, problem] = ["", error.message]; // the next time it is asked for anew
      setText(note, problem);
      store.set({ mapBusy: false });
    }
  }

  function mount(facts) {
    if (!facts) return;
    shadow ??= host.attachShadow({ mode: "open" });
    const view = { ...VIEW, ...(state.picked ?? {}), turn };
    const { folds, ...model } = facts;
    const data = { model, view, folds, trajectories: state.trajectories ?? [] };
    unmount = mountLatentMap({ data, parentElement: shadow, setStateValue: () => {} });
    if (below.parentNode !== host) host.append(below);
  }

  function clear() {
    unmount?.();
    unmount = null;
    if (below.parentNode === host) element.after(below);
    [shown, wanted, problem, run] = ["", "", "", null];
    turn += 1;
    if (state.snapshotFacts || state.mapBusy) store.set({ snapshotFacts: null, snapshot: null, mapBusy: false, picked: null });
  }
  return { element, stop: clear };
}

function noteOf(status, snapshot) {
  if (status.no_map) return `There are curves, but no map: ${status.no_map}.`;
  if (!snapshot) return status.ended ? "This run ended before its first saved moment, so there is no map." : "The latent map appears with the first saved moment.";
  return "";
}
