/** What is saved of the map: the plane as a figure, the decoded picture, and the numbers of the view. */

import { kl, logPrior } from "../engine/gaussian.js";
import { download } from "../shared/dom.js";
import { fixed } from "../shared/format.js";
import { drawDisc } from "../shared/layers/overlay.js";
import { DISC, SQUARE, createColorScale, mark } from "../shared/palette.js";
import { drawPicture } from "../shared/picture.js";
import { placeOf, projectionOf } from "../shared/projection.js";
import { colourOf } from "../shared/proposal_styles.js";
import { createTransform } from "../shared/viewport.js";
import { conventionOf } from "./panels/selected_x.js";

/**
 * The plane as a figure, every point a mark.
 * @param {(g: Object, state: Object, named: boolean) => void} paint  draws the plane of a state; named: with the classes' names
 * @returns {import("../shared/figure.js").Figure}
 */
export function figureOfMap(state, paint) {
  const { info, window, z } = state;
  if (!state.size || !window || !z || !state.codes) throw new Error("The map is not there yet: close this, and try again when it is.");
  const scene = { ...state, hover: -1, draft: null };
  return {
    name: `${info.id}-map`,
    title: `${info.title}: the latent plane with the codes of ${info.data_title}`,
    heightOf: (width) => width,
    legendOf: ({ theme }) => legendOf(Object.assign(scene, { theme })),
    paint: (g, { width, theme, legend }) => {
      paint(g, Object.assign(scene, { theme, size: width }), !legend);
      const t = createTransform(window, width);
      const [a, b] = placeOf(scene);
      drawDisc(g, t.x(a), t.y(b), 6, theme.accent, theme.paper, 2.5);
    },
  };
}

/** The classes that are shown, and what is laid over them. */
function legendOf(state) {
  const { info, theme, hidden, overlays, q, metric } = state;
  const { kind } = projectionOf(state);
  const has = (name) => kind !== "umap" && overlays.includes(name);
  const classes = info.classes.length < 2 ? [] : info.classes.map((name, k) => ({ name, k })).filter(({ k }) => !hidden.includes(k));
  const entries = [
    ...classes.map(({ name, k }) => ({ name, ...mark(k, theme.dark) })),
    { name: "z", colour: theme.accent, shape: DISC },
    q && kind !== "umap" && { name: "q(z|x), 1 and 2 sd", colour: colourOf("encoder", theme) },
    has("prior") && { name: "p(z)", colour: colourOf("prior", theme), dash: [4, 3] },
    has("density") && kind === "dimensions" && { name: "q(z)", colour: colourOf("encoder", theme), shape: SQUARE },
  ].filter(Boolean);
  if (!metric) return { entries };
  const ticks = [[0, fixed(metric.low, 1)], [1, fixed(metric.high, 1)]];
  return { entries, scales: [{ ramp: createColorScale(theme.dark), ticks, words: "log √det JᵀJ of the decoder's mean" }] };
}

const SIDE = 560; // pixels, about: the picture is scaled by a whole number

export function savePicture({ model, z, info }) {
  if (!model || !z) return;
  const [, H, W] = model.imageShape;
  const scale = Math.max(1, Math.round(SIDE / W));
  const large = Object.assign(document.createElement("canvas"), { width: W * scale, height: H * scale });
  drawPicture(large.getContext("2d"), model.decode(z), model.imageShape, 0, 0, large.width, large.height);
  large.toBlob((blob) => download(blob, `${info.id}-decoded.png`), "image/png");
}

export function saveNumbers(state) {
  if (!state.model || !state.z) return;
  const text = rowsOf(state).map((row) => row.map(quote).join(",")).join("\r\n");
  download(new Blob([text, "\r\n"], { type: "text/csv" }), `${state.info.id}-view.csv`);
}

const quote = (value) => (/[",\n]/.test(value) ? `"${String(value).replace(/"/g, '""')}"` : String(value ?? ""));

/** One number a row: quantity, dimension (from 1) or draw, value, standard error, unit. */
function rowsOf(state) {
  const { info, z, x, drawing, q, input, terms, draws } = state;
  const each = (name, values, unit) => Array.from(values, (value, j) => [name, j + 1, value, "", unit]);
  const rows = [["quantity", "index", "value", "standard_error", "unit"], ["model", "", info.id, "", ""]];
  rows.push(...each("z", z, ""), ["log_pz", "", logPrior(z), "", "nats"]);
  if (x !== null || drawing) rows.push(["x", "", drawing ? "drawing" : `${info.split} image ${x}`, "", ""]);
  if (q) {
    rows.push(...each("mu", q.mu, ""), ...each("sd", q.logvar.map((l) => Math.exp(0.5 * l)), ""));
    if (input) rows.push(["rate", "", kl(q.mu, q.logvar), 0, "nats"]);
  }
  if (terms) {
    rows.push(["distortion", "", terms.distortion, terms.distortionStderr, "nats"]);
    rows.push(["elbo", "", terms.elbo, terms.elboStderr, "nats"]);
    rows.push(["convention", "", conventionOf(state), "", ""]);
  }
  if (draws.length) rows.push(["samples_from", "", state.source, "", ""], ["samples_seed", "", state.seed, "", ""]);
  draws.forEach((draw, n) => rows.push(...Array.from(draw, (value, j) => [`sample_${n + 1}_z`, j + 1, value, "", ""])));
  return rows;
}
