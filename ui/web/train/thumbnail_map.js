/** A small latent map without tools: the codes, the prior's circles, the trajectories. */

import { prepareContext } from "../shared/canvas.js";
import { h } from "../shared/dom.js";
import { drawGrid, drawTicks } from "../shared/layers/axes.js";
import { drawPrior, drawTrajectories } from "../shared/layers/overlay.js";
import { createPointLayer } from "../shared/layers/points.js";
import { SHOW_ALL, homeHalf } from "../shared/nearest.js";
import { createTransform } from "../shared/viewport.js";

export function createThumbnailMap(store) {
  const canvas = h("canvas.small", { role: "img", "aria-label": "Latent map" });
  const element = h("div.small-map", {}, canvas);
  const cloud = createPointLayer(() => paint());
  let scene = null;
  let size = 0;
  const observer = new ResizeObserver(([{ contentRect }]) => {
    size = Math.round(contentRect.width);
    paint();
  });
  observer.observe(element);

  function set(facts, codes) {
    const next = thumbnailScene(facts, codes);
    const home = scene?.id === next.id ? Math.max(scene.home, next.home) : next.home; // it only grows
    scene = { ...next, home };
    canvas.setAttribute("aria-label", `Latent map of ${facts.title} at step ${facts.step}`);
    paint();
  }

  function paint() {
    const { theme } = store.state;
    if (scene && size && theme) paintScene(prepareContext(canvas, size), { ...scene, theme }, size, cloud);
  }

  function stop() {
    observer.disconnect();
    cloud.stop();
  }
  return { element, set, paint, stop };
}

/** What a small map shows of a snapshot; half its width is `home`. */
export function thumbnailScene(facts, codes) {
  const axes = widest(facts);
  const home = homeHalf(codes, codes.D, axes);
  return { id: facts.id, codes, axes, home, trajectories: [], model: { latentDim: codes.D }, hidden: [], hiddenMask: SHOW_ALL };
}

/** @param {CanvasRenderingContext2D} g  in CSS pixels */
export function paintScene(g, scene, size, cloud = createPointLayer(() => {})) {
  const { theme, axes, home, trajectories } = scene;
  const t = createTransform([0, 0, home], size);
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, Math.ceil(size), Math.ceil(size));
  drawGrid(g, t, theme);
  cloud.draw(g, t, scene, { faint: false });
  drawPrior(g, t, theme);
  if (trajectories.length) drawTrajectories(g, t, theme, axes, trajectories);
  drawTicks(g, t, theme, axes);
}

/** The two dimensions of the highest rate; of two, the first across. */
function widest({ latent_dim: D, rate_per_dimension: rates }) {
  const order = Array.from({ length: D }, (_, j) => j);
  if (D > 2) order.sort((i, j) => rates[j] - rates[i]);
  return [order[0], order[Math.min(1, D - 1)]];
}
