/** Mouse, pen and touch on the plane. One finger or the main button drags z; two fingers, another button, space or the hand move the view. */

import { nearestPoint } from "./nearest.js";
import { panned, zoomed } from "./transform.js";

const CLICK = 4; // pixels that a click may move
const REACH = 8; // pixels from a point at which it is meant

/** @returns {() => void} stops listening */
export function listenPointer(surface, store, session, view) {
  const { state } = store;
  const fingers = new Map(); // pointerId -> {x, y}
  let mode = null; // "z" | "pan" | "pinch"
  let start = null;
  let before = null; // z when the first finger came down
  let moved = false;
  let space = false;
  const aborter = new AbortController();
  const listen = (type, action, options = {}) => surface.addEventListener(type, action, { signal: aborter.signal, ...options });

  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
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
      if (mode === "z") store.set({ z: before }); // the first finger of a pinch meant no z
      mode = "pinch";
    } else if (fingers.size === 1) {
      mode = event.button !== 0 || space || state.panning ? "pan" : "z";
      start = at;
      before = state.z;
      moved = false;
    }
    store.set({ busy: true, touched: true, hover: -1 });
    if (mode === "z") moveZ(at);
    event.preventDefault();
  });

  listen("pointermove", (event) => {
    if (!ready()) return;
    const at = place(event);
    const last = fingers.get(event.pointerId);
    if (!last) return hover(event, at);
    if (mode === "pinch") pinch(event.pointerId, at);
    else if (mode === "pan") view.moveTo(panned(view.transform(), at.x - last.x, at.y - last.y));
    else if (mode === "z" && (moved ||= Math.hypot(at.x - start.x, at.y - start.y) > CLICK)) moveZ(at);
    fingers.set(event.pointerId, at);
  });

  function lift(event) {
    if (!fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup" && mode === "z" && !moved) click(place(event));
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
    surface.classList.toggle("panning", down || !!state.panning);
    event.preventDefault();
  }

  function moveZ({ x, y }) {
    const t = view.transform();
    const z = state.z.slice();
    const [i, j] = state.axes;
    z[j] = t.b(Math.min(t.size, Math.max(0, y)));
    z[i] = t.a(Math.min(t.size, Math.max(0, x)));
    store.set({ z });
  }

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
    const { index, distance } = nearestPoint(state.codes, state.model.latentDim, state.axes, t.a(x), t.b(y), state.hiddenMask);
    return distance * t.scale <= REACH ? index : -1;
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
