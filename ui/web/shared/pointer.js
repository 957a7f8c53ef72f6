/**
 * Mouse, pen and touch on the plane. One finger or the main button drags z, or draws around points with a selection tool;
 * two fingers, another button, the space bar or the tool "pan" move the view.
 */

import { placeIn } from "./canvas.js";
import { nearestPoint } from "./nearest.js";
import { projectionOf } from "./projection.js";
import { CLICK, panView, pinchView, zoomByWheel } from "./viewport.js";

const RIM = 7; // pixels from the edge to z at least
const HIT_RADIUS = 8; // pixels from a point within which a click hits it, at least

/** @returns {() => void} stops listening */
export function listenPointer(surface, store, session, view, selecting, hitRadius = () => 0) {
  const { state } = store;
  const fingers = new Map(); // pointerId -> [x, y]
  let mode = null; // "z" | "pan" | "pinch" | "select"
  let start = null;
  let before = null; // z before the first finger touched
  let moved = false;
  let space = false;
  const aborter = new AbortController();
  const listen = (type, action, options = {}) => surface.addEventListener(type, action, { signal: aborter.signal, ...options });

  const place = (event) => placeIn(surface, event);
  const ready = () => state.model && state.window && state.z;

  listen("pointerdown", (event) => {
    if (!ready()) return;
    surface.setPointerCapture(event.pointerId);
    surface.classList.add("by-hand"); // no focus ring while the pointer is used
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
    if (mode === "pinch") pinchView(view, fingers, event.pointerId, at);
    else if (mode === "pan") panView(view, last, at);
    else if (mode === "select") selecting.extend(onPlane(at));
    else if (mode === "z" && (moved ||= Math.hypot(at[0] - start[0], at[1] - start[1]) > CLICK)) moveZ(at);
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
  listen("wheel", (event) => ready() && zoomByWheel(view, surface, event), { passive: false });

  function setSpace(down, event) {
    space = down;
    surface.classList.toggle("panning", down || state.tool === "pan");
    event.preventDefault();
  }

  function onPlane([x, y]) {
    const t = view.transform();
    const within = (v) => Math.min(t.size, Math.max(0, v));
    return [t.a(within(x)), t.b(within(y))];
  }

  const moveZ = (at) => store.set(projectionOf(state).move(state.z, ...onPlane(at.map(offRim))));
  const offRim = (v) => Math.min(view.transform().size - RIM, Math.max(RIM, v)); // the whole handle stays on the plane

  function pointAt([x, y]) {
    if (!state.codes) return -1;
    const t = view.transform();
    const { index, distance } = nearestPoint(projectionOf(state).points, 2, [0, 1], t.a(x), t.b(y), state.hiddenMask);
    return distance * t.scale <= Math.max(HIT_RADIUS, hitRadius()) ? index : -1;
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
