/** What is saved of the page: both sides of the map beside each other, and the charts below each other. */

import { paintLine } from "./draw/line.js";
import { paintPlane } from "./draw/plane.js";
import { MAPS } from "./maps.js";

const GAP = 16; // pixels between two parts
const HEAD = 22; // pixels above a side, with its name

/** @returns {import("../shared/figure.js").Figure} z and x */
export function figureOfSides(state) {
  if (!state.given) throw new Error("The map is not there yet: close this, and try again when it is.");
  const scene = { ...state };
  return {
    name: `normal-${state.map}`,
    title: `Draws of a normal and what the map makes of them: ${MAPS[state.map].look}`,
    heightOf: (width) => sideOf(width) + HEAD,
    legendOf: null,
    paint: (g, { width, theme }) => {
      const size = sideOf(width);
      const named = { z: "z ~ N(0, I)", x: state.t === 1 ? "x = f(z)" : `x on its way, t = ${state.t.toFixed(2)}` };
      Object.assign(scene, { theme });
      Object.entries(named).forEach(([side, words], k) => {
        g.save();
        g.translate(k * (size + GAP), 0);
        g.fillStyle = theme.ink;
        g.font = `600 12px ${theme.font}`;
        g.textAlign = "left";
        g.textBaseline = "middle";
        g.fillText(words, 6, HEAD / 2);
        g.translate(0, HEAD);
        g.beginPath();
        g.rect(0, 0, size, size);
        g.clip();
        (state.dims === 1 ? paintLine : paintPlane)(g, scene, side, size);
        g.restore();
      });
    },
  };
}

const sideOf = (width) => (width - GAP) / 2;

/**
 * @param {{title: string, height: number, draws: ((g: Object, box: Object, state: Object) => void)[]}} charts  those
 *   that are shown, and how high each is
 * @returns {import("../shared/figure.js").Figure}
 */
export function figureOfCharts(state, { title, height, draws }) {
  if (!draws.length) throw new Error("There is no chart yet: close this, and choose or draw a density.");
  return {
    name: `normal-${state.map}-charts`,
    title,
    heightOf: () => draws.length * (height + GAP) - GAP,
    legendOf: null,
    paint: (g, { width, theme }) => {
      for (const draw of draws) {
        g.save();
        draw(g, { width: Math.round(width), height }, { ...state, theme });
        g.restore();
        g.translate(0, height + GAP);
      }
    },
  };
}
