/** The game on a line: the density of the data and of a model, D and D*, and where the model takes z, a line for each. */

import { h } from "../../shared/dom.js";
import { label } from "../../shared/layers/axes.js";
import { drawDisc } from "../../shared/layers/overlay.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { createChartSave } from "../chart_save.js";
import { sigmoid } from "../engine/binary_states.js";
import { middles } from "../engine/gan.js";
import { apply } from "../engine/network.js";
import { Z_HALF, listenZ } from "./latent_pointer.js";
import { DECODERS, bestDiscriminator, createCanvas, key, modelColour } from "./planes.js";
import { HALF, SIDES } from "./training.js";

const [FLOOR, X_NAMES, Z_LINE, HEIGHT] = [220, 234, 310, 340]; // pixels from the top: where the densities stand, and below
const WIDE = 500; // pixels, from which the key stands in one row
const [ROW, COLUMN] = [30, 86]; // pixels above D = 1, for the key
const HEADROOM = 1.25; // of the highest density of the data
const ROPES = Float64Array.from({ length: 49 }, (_, k) => (k - 24) / 8); // the z whose x are shown
const CELLS = middles(HALF, SIDES[1], 1);

/** What a model makes of z on the line, with z under the finger. */
export function createLine(store, name) {
  const { state } = store;
  const { title, spoken, at, sigma, point } = DECODERS[name];
  const paint = (g, width, theme) => {
    const { game, under } = state;
    const colour = modelColour(name, theme);
    const X = (x) => ((x + HALF) / (2 * HALF)) * width;
    const Z = (z) => ((z + Z_HALF) / (2 * Z_HALF)) * width;
    const level = (value) => FLOOR - Math.min(1, value) * (FLOOR - (width > WIDE ? ROW : COLUMN)); // 0 to 1
    const most = HEADROOM * Math.max(...game.p);
    const trace = (values, scale) => {
      g.beginPath();
      values.forEach((value, k) => g.lineTo(X(CELLS[k]), level(value / scale)));
    };
    const area = (values, fill) => {
      trace(values, most);
      g.lineTo(width, FLOOR);
      g.lineTo(0, FLOOR);
      g.fillStyle = fill;
      g.globalAlpha = 0.3;
      g.fill();
      g.globalAlpha = 1;
    };
    const stroke = (colour, thick, dash = []) => {
      g.strokeStyle = colour;
      g.lineWidth = thick;
      g.setLineDash(dash);
      g.stroke();
      g.setLineDash([]);
    };
    area(game.p, theme.ink);
    area(game.densities[name], colour);
    trace(game.densities[name], most);
    stroke(colour, 2);
    if (name === "gan") {
      trace(apply(game.discriminator, CELLS).map(sigmoid), 1);
      stroke(theme.ink, 1.5);
      trace(bestDiscriminator(game), 1);
      stroke(theme.ink, 1.5, [4, 4]);
    }
    ropes(g, at(game), X, Z, colourOf("prior", theme));
    for (const y of [FLOOR, Z_LINE]) {
      g.fillStyle = theme.ink;
      g.fillRect(0, y, width, 1);
    }
    const [x] = apply(at(game), Float64Array.of(under[0]));
    g.beginPath();
    g.moveTo(Z(under[0]), Z_LINE);
    g.lineTo(X(x), FLOOR);
    stroke(theme.accent, 2.5);
    if (sigma(game)) {
      g.beginPath();
      g.moveTo(X(x - sigma(game)), FLOOR);
      g.lineTo(X(x + sigma(game)), FLOOR);
      stroke(theme.accent, 5);
    }
    drawDisc(g, X(x), FLOOR, 6, theme.accent, theme.paper, 2.5);
    drawDisc(g, Z(under[0]), Z_LINE, 7, theme.accent, theme.paper, 2.5);
    names(g, theme, width, X, Z);
    const judges = name === "gan" ? [["D (dashed: D*), 0 to 1", theme.ink]] : [];
    key(g, theme, [["data", theme.ink], ["density", colour], [point, theme.accent], ...judges], width > WIDE);
  };
  const canvas = createCanvas(store, ["under"], "canvas.chart", `${spoken}: arrow keys move z`, paint,
    { dims: 1, height: HEIGHT, tabindex: "0", role: "application", "aria-roledescription": "latent line", "data-testid": `${name}-line` });
  listenZ(canvas, store, 1);
  const save = createChartSave(`the line of the ${name.toUpperCase()}`, `${name}-on-the-line`, () => HEIGHT, paint);
  return h(`section.gan-line.of-${name}`, { "aria-label": title }, h("h2", {}, title), canvas, h("div.row", {}, save));
}

function ropes(g, decoder, X, Z, colour) {
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.globalAlpha = 0.6;
  apply(decoder, ROPES).forEach((x, k) => {
    g.beginPath();
    g.moveTo(Z(ROPES[k]), Z_LINE);
    g.lineTo(X(x), FLOOR);
    g.stroke();
  });
  g.globalAlpha = 1;
}

function names(g, theme, width, X, Z) {
  g.font = `500 12px ${theme.font}`;
  g.textBaseline = "middle";
  g.textAlign = "center";
  for (const value of [-2, -1, 0, 1, 2]) {
    label(g, theme, String(value).replace("-", "−"), X(value), X_NAMES);
    label(g, theme, String(value).replace("-", "−"), Z(value), Z_LINE + 14);
  }
  g.textAlign = "right";
  label(g, theme, "x", width - 6, X_NAMES);
  label(g, theme, "z", width - 6, Z_LINE + 14);
}
