/**
 * The board: its middle is the mean of q(z|x), and every dart lies at its distance from there, in all dimensions. The disc in
 * the middle is where q(z|x) lies: its radius is the root of q's mean squared distance from its own mean.
 */

import { paperContext } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { count, fixed, plural } from "../../shared/format.js";
import { label, tickStep } from "../../shared/layers/axes.js";
import { strokeWithCasing } from "../../shared/layers/overlay.js";
import { NAMES, SHAPES, colourOf, traceMark } from "../../shared/proposal_styles.js";
import { createSaveButton } from "../../shared/save_dialog.js";
import { AIMS, isMine } from "./rounds.js";

const LARGEST = 20; // pixels: the radius of a dart that has all of the weight
const SMALLEST = 2.5;
const ROOM = 1.06; // of the farthest throw to the rim

export function createBoard(store) {
  const { state } = store;
  const canvas = h("canvas", { role: "img", "aria-label": "The board" });
  const surface = h("div.surface", {}, canvas);
  const words = h("p.note", { "data-testid": "board-words" });
  const element = h("section.board", { "aria-label": "The board" }, h("div.face", { "data-testid": "board" }, surface), words,
    h("div.row.save", {}, createSaveButton("↓ Figure", "the board", () => state.rounds && figureOf(state))));
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ boardSize: contentRect.width }));
  observer.observe(surface);

  store.on(["rounds", "throws", "aim", "boardSize", "theme", "room"], () => {
    const { throws, rounds, aim, boardSize, theme } = state;
    if (!boardSize || !theme || !rounds) return;
    paintBoard(paperContext(canvas, boardSize, boardSize, theme), state, boardSize);
    const far = rangeOf(throws, aim);
    canvas.setAttribute("aria-label", `The board. ${AIMS.map((each) => `${plural(state[each], "dart")}, ${NAMES[each]}`).join("; ")}.`);
    words.textContent = `The middle is where the encoder puts x, the mean of q(z|x); the disc is q(z|x), with a radius of ${fixed(spotOf(throws), 2)}. `
      + `A dart lies at its distance from the middle in all ${plural(throws.mean.length, "dimension")} of z; the rim is at ${fixed(far, 2)}. The larger a mark, the larger its share of the sum of the weights.`;
  });
  return { element, stop: () => observer.disconnect() };
}

const distanceOf = ({ mean }, z, k) => {
  let sum = 0;
  for (let d = 0; d < mean.length; d++) sum += (z[k * mean.length + d] - mean[d]) ** 2;
  return Math.sqrt(sum);
};

/** The root of E_q |z - mean|², which is what a throw of q is away from the middle. */
const spotOf = ({ sd }) => Math.hypot(...sd);

/** The distance of the rim: that of the farthest of all throws at this aim, thrown or not, so that the board keeps its scale. */
function rangeOf(throws, aim) {
  const { z } = throws[aim];
  let far = 0;
  for (let k = 0; k < z.length / throws.mean.length; k++) far = Math.max(far, distanceOf(throws, z, k));
  return ROOM * far;
}

function paintBoard(g, { throws, rounds, aim, theme, room }, size) {
  const [middle, scale] = [size / 2, size / 2 / rangeOf(throws, aim)];
  paintRings(g, theme, middle, scale);
  const spot = spotOf(throws) * scale;
  g.beginPath();
  g.arc(middle, middle, Math.max(1.5, spot), 0, 2 * Math.PI);
  g.globalAlpha = 0.22;
  g.fillStyle = colourOf("encoder", theme);
  g.fill();
  g.globalAlpha = 1;
  strokeWithCasing(g, colourOf("encoder", theme), theme.paper, 1.4);
  for (const each of AIMS) {
    for (let k = 0; k < rounds[each].thrown; k++) {
      const [x, y] = placeOf(throws, throws[each].z, k, middle, scale);
      const radius = Math.max(SMALLEST, LARGEST * Math.sqrt(rounds[each].share(k)));
      traceMark(g, each, x, y, radius);
      if (radius > SMALLEST) strokeWithCasing(g, colourOf(each, theme), theme.paper, 1.8);
      else {
        g.fillStyle = colourOf(each, theme);
        g.fill();
      }
    }
  }
  if (isMine(room, rounds)) {
    const [x, y] = placeOf(throws, throws[room.aim].z, room.mine, middle, scale);
    g.beginPath();
    g.arc(x, y, 13, 0, 2 * Math.PI);
    strokeWithCasing(g, theme.accent, theme.paper, 2.5);
    g.font = `600 13px ${theme.font}`;
    g.textAlign = x > middle ? "right" : "left";
    g.textBaseline = "middle";
    label(g, theme, "yours", x + (x > middle ? -18 : 18), y, theme.accent);
  }
}

function paintRings(g, theme, middle, scale) {
  const step = tickStep(scale, middle / 4);
  g.font = `500 12px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  for (let ring = step; ring * scale < middle; ring += step) {
    g.beginPath();
    g.arc(middle, middle, ring * scale, 0, 2 * Math.PI);
    g.strokeStyle = theme.line;
    g.lineWidth = 1;
    g.stroke();
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    label(g, theme, ring.toFixed(digits), middle, middle - ring * scale);
  }
}

/** At the true distance; the direction is that of the first two dimensions. */
function placeOf(throws, z, k, middle, scale) {
  const D = throws.mean.length;
  const away = distanceOf(throws, z, k);
  const [a, b] = [0, 1].map((d) => (d < D ? z[k * D + d] - throws.mean[d] : 0));
  const along = Math.hypot(a, b) || 1;
  return [middle + (a / along) * away * scale, middle - (b / along) * away * scale];
}

function figureOf(state) {
  const { info, xName, aim, prior, encoder } = state;
  return {
    name: `darts-${info.id}`,
    title: `${info.title}, ${xName}: ${count(prior)} darts at the prior, ${count(encoder)} aimed by the encoder`,
    heightOf: (width) => width,
    paint: (g, { width, theme }) => paintBoard(g, { ...state, theme, room: null }, width),
    legendOf: ({ theme }) => ({ entries: AIMS.filter((each) => state[each] || each === aim).map((each) => ({ name: NAMES[each], colour: colourOf(each, theme), shape: SHAPES[each] })) }),
  };
}
