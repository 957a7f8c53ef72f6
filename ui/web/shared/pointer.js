/**
 * Mouse, pen and touch on the plane. One finger or the main button drags z, or draws around points with a tool for it; two
 * fingers, another button, space or the hand move the view.
 */

import { nearestPoint } from "./nearest.js";
import { placeIn } from "./pixel_ratio.js";
import { projectionOf } from "./projection.js";
import { panned, zoomed } from "./viewport.js";

const CLICK = 4; // pixels that a click may move
const REACH = 8; // pixels from a point at which it is meant, at least

/** @returns {() => void} stops listening */
export function listenPointer(surface, store, session, view, selecting) {
  const { state } = store;
  const fingers = new Map(); // pointerId -> {x, y}
  let mode = null; // "z" | "pan" | "pinch" | "select"
  let start = null;
  let before = null; // what z was when the first finger came down
  let moved = false;
  let space = false;
  const aborter = new AbortController();
  const listen = (type, action, options = {}) => surface.addEventListener(type, action, { signal: aborter.signal, ...options });

  const place = (event) => {
    const [x, y] = placeIn(surface, event);
    return { x, y };
  };
  const ready = () => state.model && state.window && state.z;

  listen("pointerdown", (event) => {
    if (!ready()) return;
    surface.setPointerCapture(event.pointerId);
    surface.classList.add("by-hand"); // no focus ring for a hand on the plane
    surface.focus({ preventScroll: true });
    const at = place(event);
    fingers.set(event.pointerId, at);
    if (fingers.size === 2) {
      if (mode === "z") store.set(before); // the first finger of a pinch meant no z
      if (mode === "select") store.set({ draft: null });
      mode = "pinch";
    } else if (fingers.size === 1) {
      mode = event.button !== 0 || space || state.tool === "pan" ? "pan" : state.tool && state.codes ? "select" : "z";
      start = at;
      before = { z: state.z, spot: state.spot };
      moved = false;
    }
    store.set({ busy: true, touched: true, hover: -1 });
    if (mode === "z") moveZ(at);
    if (mode === "select") selecting.begin(onPlane(at));
    event.preventDefault();
  });

  listen("pointermove", (event) => {
    if (!ready()) return;
    const at = place(event);
    const last = fingers.get(event.pointerId);
    if (!last) return hover(event, at);
    if (mode === "pinch") pinch(event.pointerId, at);
    else if (mode === "pan") view.moveTo(panned(view.transform(), at.x - last.x, at.y - last.y));
    else if (mode === "select") selecting.extend(onPlane(at));
    else if (mode === "z" && (moved ||= Math.hypot(at.x - start.x, at.y - start.y) > CLICK)) moveZ(at);
    fingers.set(event.pointerId, at);
  });

  function lift(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && mode === "z" && !moved) click(place(event));
    if (mode === "select") event.type === "pointerup" ? selecting.finish() : store.set({ draft: null });
    if (fingers.size === 0) {
      mode = null;
      store.set({ busy: false, rest: {} });
    } else mode = "rest"; // one finger of a pinch is still down: it should not drag z
  }
  listen("pointerup", lift);
  listen("pointercancel", lift);
  listen("pointerleave", () => state.hover >= 0 && store.set({ hover: -1 }));
  listen("contextmenu", (event) => event.preventDefault());
  listen("keydown", (event) => {
    surface.classList.remove("by-hand");
    if (event.key === " ") setSpace(true, event);
  });
  listen("keyup", (event) => event.key === " " && setSpace(false, event));
  listen("blur", () => (space = false));
  listen("wheel", wheel, { passive: false });

  function setSpace(down, event) {
    space = down;
    surface.classList.toggle("panning", down || state.tool === "pan");
    event.preventDefault();
  }

  function onPlane({ x, y }) {
    const t = view.transform();
    const within = (v) => Math.min(t.size, Math.max(0, v));
    return [t.a(within(x)), t.b(within(y))];
  }

  const moveZ = (at) => store.set(projectionOf(state).move(state.z, ...onPlane(at)));

  function pinch(id, at) {
    const other = [...fingers].find(([key]) => key !== id)[1];
    const last = fingers.get(id);
    const middle = (p) => ({ x: (p.x + other.x) / 2, y: (p.y + other.y) / 2 });
    const apart = (p) => Math.max(10, Math.hypot(p.x - other.x, p.y - other.y));
    const [from, to] = [middle(last), middle(at)];
    view.moveTo(panned(view.transform(), to.x - from.x, to.y - from.y));
    view.moveTo(zoomed(view.transform(), apart(at) / apart(last), to.x, to.y));
  }

  /** The page scrolls as usual unless the plane has the focus or a modifier is down. */
  function wheel(event) {
    const focused = surface.getRootNode().activeElement === surface;
    if (!ready() || !(focused || event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const { x, y } = place(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    view.moveTo(zoomed(view.transform(), Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.008 : 0.002)), x, y));
  }

  function pointAt({ x, y }) {
    if (!state.codes) return -1;
    const t = view.transform();
    const { index, distance } = nearestPoint(projectionOf(state).points, 2, [0, 1], t.a(x), t.b(y), state.hiddenMask);
    return distance * t.scale <= Math.max(REACH, state.reach ?? 0) ? index : -1;
  }

  function hover(event, at) {
    if (event.pointerType === "touch") return;
    const index = pointAt(at);
    if (index !== state.hover) store.set({ hover: index });
  }

  function click(at) {
    const index = pointAt(at);
    if (index >= 0) session.chooseImage(index);
  }

  return () => aborter.abort();
}
