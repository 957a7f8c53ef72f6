/**
 * The life of a component: one instance for each parent element, style sheets before the first sight of it, a model that
 * is loaded when Python names another one, and a view that Python is told of once it has settled.
 */

import { debounce, h } from "./dom.js";
import { applyFocus } from "./lesson_focus.js";
import { applyLocks } from "./locks.js";
import { createLive } from "./room_sync.js";

const SETTLED_MS = 150;

/**
 * What Streamlit calls with every new `data`, with every change of theme, and once at first.
 * @param {(parent: Element | ShadowRoot) => {update: (component: Object) => void, stop: () => void}} create
 * @returns {(component: {data: Object, parentElement: Element | ShadowRoot, setStateValue: Function}) => () => void}
 */
export function mounting(create) {
  const instances = new WeakMap();
  return (component) => {
    const { parentElement } = component;
    if (!instances.has(parentElement)) instances.set(parentElement, create(parentElement));
    const instance = instances.get(parentElement);
    instance.update(component);
    applyLocks(parentElement, component.data?.held);
    applyFocus(parentElement, component.data?.held?.focus);
    return () => {
      instance.stop();
      instances.delete(parentElement);
    };
  };
}

/**
 * Put `root`, which is hidden, into `parent`, and show it when all of its style sheets are there or have failed. Its
 * property --top is the height of Streamlit's header, which lies over what scrolls: what sticks there begins below it.
 * @param {string[]} sheets  addresses
 * @param {() => void} shown  called then
 * @returns {() => void} takes all of it away
 */
export function reveal(parent, root, sheets, shown) {
  let waiting = sheets.length;
  const arrived = () => {
    waiting -= 1;
    if (waiting > 0) return;
    root.hidden = false;
    (parent.host ?? parent).style.minHeight = "";
    shown();
  };
  root.style.setProperty("--top", `${document.querySelector("[data-testid=stHeader]")?.offsetHeight ?? 0}px`);
  const links = sheets.map((href) => h("link", { rel: "stylesheet", href, onload: arrived, onerror: arrived }));
  parent.append(...links, root);
  return () => [root, ...links].forEach((element) => element.remove());
}

/**
 * Follows what Python sends: another model is loaded, another view of the same model is taken over. Where loading fails
 * the box says why and offers to try again.
 * @param {{load: (info: Object, view: Object, signal: AbortSignal) => Promise<void>, adopt: (view: Object) => void,
 *   failed: () => void}} steps  `load` stops quietly once its signal is aborted
 */
export function createLoader({ load, adopt, failed }) {
  const box = h("div.failure", { role: "alert", hidden: true });
  let latest = null; // data from Python
  let model = null; // JSON of the descriptor in use
  let received = null; // JSON of the last view from Python
  let loading = null;

  function follow(data) {
    latest = data;
    const [json, view] = [JSON.stringify(data.model), JSON.stringify(data.view ?? null)];
    const [another, moved] = [json !== model, view !== received];
    model = json;
    received = view;
    if (another) start();
    else if (moved) adopt(data.view);
  }

  async function start() {
    loading?.abort();
    loading = new AbortController();
    const { signal } = loading;
    box.hidden = true;
    try {
      await load(latest.model, latest.view, signal);
    } catch (error) {
      if (signal.aborted) return;
      box.replaceChildren(h("p", {}, error.message), h("button", { type: "button", onclick: start }, "Try again"));
      box.hidden = false;
      failed();
    }
  }

  return { box, follow, signal: () => loading.signal, stop: () => loading?.abort() };
}

/** Say on the page whether a component rests: its view is complete, painted, and told. */
export const markSettled = (parent, settled) => ((parent.host ?? parent).dataset.settled = settled);

/**
 * Tells Python of the view once nothing has changed for a while; what Python knows already it is not told again. In a
 * room the view also goes to those who follow, at once, or comes from the one who leads, and then Python is told nothing.
 * @param {{also?: string[], write: (state: Object) => Object, waits?: (state: Object) => boolean,
 *   ready?: (state: Object) => boolean, paints?: () => boolean, live: Object}} view  state that it follows from beside its
 *   fields, how it is written, whether it is still moving, whether there is one, and whether some of what shows it is
 *   still to come; `live` is what `shared` takes
 */
export function createReporter(store, { also = [], write, waits = ({ busy }) => busy, ready = () => true, paints = () => false, live }) {
  const { state } = store;
  let component = null;
  let known = null; // JSON of the last view to or from Python
  let settled = false;
  const settle = (now) => {
    settled = now;
    if (component) markSettled(component.parentElement, now);
  };
  const report = debounce(() => {
    if (room.follows()) return settle(true);
    if (waits(state)) return report();
    if (!ready(state)) return;
    const view = write(state);
    const json = JSON.stringify(view);
    if (json !== known) {
      known = json;
      component.setStateValue("view", view);
    }
    if (paints()) return report();
    settle(true);
  }, SETTLED_MS);
  const room = createLive(live.name, shared(store, { write, ready, left: report, ...live }));
  store.afterFrame((changed) => {
    const moved = [...also, ...Object.keys(state.info?.fields ?? {})].some((key) => changed.has(key));
    if (moved) settle(false);
    if (!settled) report(); // also for what it still waits for
    room.painted(moved);
  });
  return {
    to: (next) => {
      component = next;
      markSettled(component.parentElement, settled);
    },
    awaits: () => settle(false), // something that shows the view is on its way: `paints` until it is there
    knows: (next) => {
      known = JSON.stringify(write(next));
      room.given();
    },
    stop() {
      report.cancel();
      room.stop();
      const { parentElement: parent } = component ?? {};
      if (parent) delete (parent.host ?? parent).dataset.settled; // what is gone is waited for by nobody
    },
  };
}

/**
 * What a room needs of a component: `of` names its model, `read` turns a view into state as Python's views are, `take`
 * takes over a whole view, `complete` gives those fields that `write` leaves out where they follow from the rest.
 */
function shared(store, { write, ready, of = () => "", read, complete = () => ({}), put = store.set, ...rest }) {
  const { state } = store;
  const now = () => ({ ...write(state), ...complete(state) });
  return {
    ...rest,
    syncOf: (key) => state.info.fields[key]?.sync,
    of: () => (ready(state) ? of(state) : null),
    read: now,
    put: (patch) => {
      const view = read({ ...now(), ...patch }, state.info);
      put(Object.fromEntries(Object.keys(patch).filter((key) => (view[key] ?? null) !== null).map((key) => [key, view[key]])));
    },
  };
}
