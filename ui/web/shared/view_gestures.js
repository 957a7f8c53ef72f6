/** What two fingers and the wheel do to the view of a plane. Places are [x, y] in CSS pixels of the surface. */

import { placeIn } from "./pixel_ratio.js";
import { panWindow, zoomWindow } from "./viewport.js";

export const CLICK = 4; // pixels that a click may move

/** Move the view with one finger, which goes from `last` to `at`. */
export const panView = (view, last, at) => view.moveTo(panWindow(view.transform(), at[0] - last[0], at[1] - last[1]));

/**
 * Move and zoom the view with two fingers, of which one goes to `at`.
 * @param {Map<number, number[]>} fingers  where each was
 * @param {number} id  of the finger that moves
 */
export function pinchView(view, fingers, id, at) {
  const other = [...fingers].find(([key]) => key !== id)[1];
  const last = fingers.get(id);
  const middle = (p) => p.map((value, k) => (value + other[k]) / 2);
  const apart = (p) => Math.max(10, Math.hypot(p[0] - other[0], p[1] - other[1]));
  panView(view, middle(last), middle(at));
  view.moveTo(zoomWindow(view.transform(), apart(at) / apart(last), ...middle(at)));
}

/** Zoom the view by the wheel; the page scrolls as usual unless the surface has the focus or a modifier is down. */
export function zoomByWheel(view, surface, event) {
  const focused = surface.getRootNode().activeElement === surface;
  if (!(focused || event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  const lines = event.deltaMode === 1 ? 16 : 1;
  view.moveTo(zoomWindow(view.transform(), Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.008 : 0.002)), ...placeIn(surface, event)));
}
