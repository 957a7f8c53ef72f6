/** The surface of a plane of z: a canvas in CSS pixels, a handle at z, tools, and a window that pans and zooms. */

import { drawing, h, iconButton } from "./dom.js";
import { listenKeys } from "./keyboard.js";
import { listenPointer } from "./pointer.js";
import { placeOf } from "./projection.js";
import { createTransform, createWindowControl } from "./viewport.js";

export const PLUS = "M10 4v12M4 10h12";
export const MINUS = "M4 10h12";
export const HOME = "M4 9V4h5M16 11v5h-5M4 4l5 5M16 16l-5-5M11 4h5v5M9 16H4v-5M16 4l-5 5M4 16l5-5";
export const LENS = "M9 3.5a5.5 5.5 0 1 0 .01 0M13 13l4 4M6.5 9a2.5 1.5 0 1 0 5 0a2.5 1.5 0 1 0 -5 0";
const LASSO = "M10 3c4.4 0 7 2.2 7 4.8s-2.6 4.8-7 4.8-7-2.2-7-4.8 2.6-4.8 7-4.8M6.5 12c-1.5 1-1.5 2.6 0 3s2.5 1 1.8 2.5";
const BOX = "M3.5 6v-2.5h2.5M14 3.5h2.5v2.5M16.5 14v2.5h-2.5M6 16.5h-2.5v-2.5M9 3.5h2M9 16.5h2M3.5 9v2M16.5 9v2";
export const HAND = "M10 3v14M3 10h14M10 3l-2 2M10 3l2 2M10 17l-2-2M10 17l2-2M3 10l2-2M3 10l2 2M17 10l-2-2M17 10l-2 2";
const TICKS = "M24 13V2M24 35v11M13 24H2M35 24h11"; // of the handle of z; its middle is empty, so that z stays visible
const DOT = "M24 18a6 6 0 1 0 .01 0";

/**
 * Make a surface that pointer and keys operate, with its tools; its owner paints `canvas`.
 * @param {{label: string, testid: string, focus: string, around: (state: Object) => number[], selecting?: Object,
 *   hitRadius?: () => number}} options  `label`: its accessible name; `focus`: the name of the button that moves the view to
 *   the window `around(state)`; `selecting`: the selection of points, if there is one; `hitRadius`: how many pixels from a
 *   point a click still hits it, if more than the default
 * @param {...HTMLElement} over  elements over the surface and under its tools
 * @returns {{element: HTMLElement, canvas: HTMLCanvasElement, lens: HTMLButtonElement, stop: () => void}}
 */
export function createPlaneSurface(store, session, { label, testid, focus, around, selecting = null, hitRadius }, ...over) {
  const { state } = store;
  const canvas = h("canvas", { "aria-hidden": "true" });
  const handle = h("div.handle", { hidden: true, "aria-hidden": "true" }, drawing("0 0 48 48", TICKS, TICKS, DOT));
  const surface = h("div.surface", {
    tabindex: "0", role: "application", "aria-roledescription": "latent plane", "aria-label": label,
    "aria-describedby": "summary", "data-testid": testid,
  }, canvas, handle);
  const view = createWindowControl(store, around);
  const lens = iconButton(LENS, focus, view.focus, { "data-testid": "focus" });
  const choose = (tool) => store.set({ tool: state.tool === tool ? null : tool, draft: null, missed: null });
  const toggle = (path, name, tool) => iconButton(path, name, () => choose(tool), { "aria-pressed": "false", "data-tool": tool, "data-testid": `tool-${tool}` });
  const pan = toggle(HAND, "Move the view by dragging", "pan");
  const selectors = selecting ? [toggle(LASSO, "Select by drawing around points", "lasso"), toggle(BOX, "Select by a box", "box")] : [];
  const tools = h("div.tools", { role: "group", "aria-label": "View of the plane" },
    iconButton(PLUS, "Zoom in", () => view.zoom(1.6)),
    iconButton(MINUS, "Zoom out", () => view.zoom(1 / 1.6)),
    iconButton(HOME, "Show everything", view.home),
    lens,
    pan,
    ...selectors,
  );
  tools.addEventListener("keydown", (event) => event.key === "Escape" && selecting?.cancel() && event.stopPropagation());
  const veil = h("div.veil", { role: "status" });
  const unlisten = [listenPointer(surface, store, session, view, selecting, hitRadius), listenKeys(surface, store, session, view, selecting)];
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ size: contentRect.width }));
  observer.observe(surface);

  store.on(["z", "axes", "plane", "embedding", "codes", "window", "size"], () => placeHandle(handle, state));
  store.on(["tool"], () => {
    for (const button of [pan, ...selectors]) button.setAttribute("aria-pressed", String(button.dataset.tool === state.tool));
    surface.classList.toggle("panning", state.tool === "pan");
  });
  store.on(["info"], () => selectors.forEach((button) => (button.hidden = state.info.near === undefined))); // only where images can be searched
  store.on(["progress"], () => showProgress(surface, veil, state.progress));

  function stop() {
    observer.disconnect();
    for (const end of unlisten) end();
    view.stop();
  }
  return { element: h("div.plane", {}, surface, ...over, veil, tools), canvas, lens, stop };
}

function placeHandle(handle, state) {
  handle.hidden = !(state.z && state.window && state.size);
  if (handle.hidden) return;
  const t = createTransform(state.window, state.size);
  const [a, b] = placeOf(state);
  handle.style.transform = `translate(${t.x(a)}px, ${t.y(b)}px)`;
}

function showProgress(surface, veil, progress) {
  veil.hidden = !progress;
  veil.textContent = progress ?? "";
  surface.setAttribute("aria-busy", String(!!progress));
}
