/**
 * Mouse, pen and touch on the map. A press on a stop or a waypoint drags it; elsewhere a mouse moves the map, and a finger
 * scrolls the page. A pen that is on draws the path by hand, a lasso its group. Two fingers move and zoom the map.
 *
 * @typedef {{move?: (at: number[]) => void, end?: (at: number[], moved: boolean) => void, cancel?: () => void}} Gesture
 */

import { placeIn } from "../shared/canvas.js";
import { SHOW_ALL, nearestPoint } from "../shared/nearest.js";
import { CLICK, panView, pinchView, zoomByWheel } from "../shared/viewport.js";
import { waypointBefore } from "./drawn_path.js";
import { lassoOf } from "./groups.js";

const GRIP = 18; // pixels from a stop or a waypoint within which a press takes it
const REACH = 9; // pixels from the curve within which a new waypoint lies on it
const COARSE = 3; // pixels that a drawn curve may lie off the line of its waypoints
const MARGIN = 13; // pixels between the edge of the map and what is dragged: no disc is cut off

export function listenPointer(surface, store, view, hand) {
  const { state } = store;
  const fingers = new Map(); // pointerId -> [x, y]
  let gesture = null;
  let start = null;
  let moved = false;

  const place = (event) => placeIn(surface, event);
  const inPlane = ([x, y]) => {
    const t = view.transform();
    return [t.a(x), t.b(y)];
  };
  /** The nearest place whose disc lies wholly on the map. */
  const onMap = (at) => at.map((pixel) => Math.min(state.size - MARGIN, Math.max(MARGIN, pixel)));
  const ready = () => state.codes && state.window && state.size;

  /** The nearest of some points of the plane that a press at (x, y) takes, or -1. */
  function gripped(points, [x, y]) {
    const t = view.transform();
    const far = points.map(([a, b]) => Math.hypot(t.x(a) - x, t.y(b) - y));
    const nearest = far.indexOf(Math.min(...far));
    return far[nearest] <= GRIP ? nearest : -1;
  }
  const stopAt = (at) => gripped((state.stopCodes ?? []).map(state.projection.place), at);
  const waypointAt = (at) => gripped(state.hand, at);

  /** @returns {Gesture} what a press there begins */
  function begun(event, at) {
    if (event.button !== 0 || state.panning) return pan(at);
    if (state.lasso) return lasso(at);
    if (state.pen) return waypointAt(at) >= 0 ? dragWaypoint(waypointAt(at)) : stroke(at);
    if (stopAt(at) >= 0) return dragStop(stopAt(at));
    const click = (place, hasMoved) => hasMoved || give(state.chosen, place);
    return event.pointerType === "touch" ? { end: click } : { ...pan(at), end: click };
  }

  function pan(at) {
    let last = at;
    return {
      move(now) {
        panView(view, last, now);
        last = now;
      },
    };
  }

  function dragStop(n) {
    store.set({ chosen: n });
    return { move: (at) => give(n, onMap(at)) };
  }

  /** Give stop n the picture nearest to a place, of those whose dots are on the map. */
  function give(n, at) {
    const t = view.transform();
    const isOnMap = (a, b) => [t.x(a), t.y(b)].every((pixel) => pixel >= MARGIN && pixel <= state.size - MARGIN);
    const { index } = nearestPoint(state.projection.flat, 2, [0, 1], ...inPlane(at), SHOW_ALL, isOnMap);
    if (index < 0 || String(index) === state.stops[n]) return;
    store.set({ stops: state.stops.map((stop, k) => (k === n ? String(index) : stop)), chosen: n });
  }

  function lasso(at) {
    const drop = () => store.set({ curve: null });
    const end = () => {
      const drawn = lassoOf(state.curve);
      drop();
      if (drawn) store.set({ [state.lasso]: drawn, lasso: null });
    };
    return { ...drawing(at), end, cancel: drop };
  }

  function stroke(at) {
    const drop = () => store.set({ curve: null });
    const end = (place, hasMoved) => {
      const t = view.transform();
      if (hasMoved) hand.draw(state.curve, COARSE / t.scale);
      else hand.add(inPlane(place), waypointBefore(state.hand, inPlane(place), REACH / t.scale));
      drop();
    };
    return { ...drawing(at), end, cancel: drop };
  }

  function drawing(at) {
    store.set({ curve: [inPlane(at)] });
    return { move: (now) => store.set({ curve: [...state.curve, inPlane(onMap(now))] }) };
  }

  function dragWaypoint(n) {
    hand.take(n);
    return { move: (at) => hand.drag(inPlane(onMap(at))), end: hand.drop, cancel: hand.drop };
  }

  surface.addEventListener("pointerdown", (event) => {
    if (!ready()) return;
    const at = place(event);
    surface.setPointerCapture(event.pointerId);
    surface.classList.add("by-hand"); // no focus ring while the pointer is used
    surface.focus({ preventScroll: true });
    fingers.set(event.pointerId, at);
    if (fingers.size === 1) {
      [start, moved] = [at, false];
      gesture = begun(event, at);
    } else {
      gesture?.cancel?.();
      gesture = null;
    }
    store.set({ busy: true });
    if (event.pointerType !== "touch") event.preventDefault();
  });
  surface.addEventListener("pointermove", (event) => {
    if (!ready()) return;
    const at = place(event);
    if (!fingers.has(event.pointerId)) return hover(at);
    if (fingers.size > 1) pinchView(view, fingers, event.pointerId, at);
    else if ((moved ||= Math.hypot(at[0] - start[0], at[1] - start[1]) > CLICK)) gesture?.move?.(at);
    fingers.set(event.pointerId, at);
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (event.type === "pointerup") gesture?.end?.(place(event), moved);
    else gesture?.cancel?.();
    gesture = null; // one finger of a pinch is still down: it should not drag anything
    if (fingers.size === 0) store.set({ busy: false, rest: {} });
  };
  surface.addEventListener("pointerup", lift);
  surface.addEventListener("pointercancel", lift);
  surface.addEventListener("contextmenu", (event) => event.preventDefault());

  /** The page scrolls under a finger, but not under one that drags or draws, nor under two. */
  surface.addEventListener("touchstart", (event) => {
    if (!ready()) return;
    const [touch] = event.touches;
    const grips = state.pen || state.lasso || state.panning || stopAt(place(touch)) >= 0;
    if (grips || event.touches.length > 1) event.preventDefault();
  }, { passive: false });

  surface.addEventListener("wheel", (event) => ready() && zoomByWheel(view, surface, event), { passive: false });

  function hover(at) {
    const grips = state.pen ? waypointAt(at) : state.lasso ? -1 : stopAt(at);
    surface.classList.toggle("grip", grips >= 0);
  }
}
