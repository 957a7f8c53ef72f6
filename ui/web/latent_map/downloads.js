/** Downloads: the plane as a figure for slides and papers, the decoded picture, and the numbers of the view. */

import { kl, logPrior } from "../engine/gaussian.js";
import { prepareContext } from "../shared/canvas.js";
import { download, h } from "../shared/dom.js";
import { drawDisc } from "../shared/layers/overlay.js";
import { drawPicture } from "../shared/picture.js";
import { placeOf } from "../shared/projection.js";
import { createTransform } from "../shared/viewport.js";
import { conventionOf } from "./panels/selected_x.js";
import { createSvgContext } from "./svg_context.js";

/**
 * The plane: PNG as it is on the screen, SVG with every point a mark.
 * @param {"png" | "svg"} kind
 * @param {(g: Object) => void} paint  draws the plane on a context in CSS pixels
 */
export function saveFigure(kind, state, paint) {
  const { size, info, z, window: view } = state;
  if (!size || !view || !z) return;
  const name = `${info.id}-map.${kind}`;
  if (kind === "svg") {
    const g = createSvgContext(size, `${info.title}: the latent plane with the codes of ${info.data_title}`);
    paintAll(g, state, paint);
    return download(new Blob([g.text()], { type: "image/svg+xml" }), name);
  }
  const canvas = h("canvas");
  paintAll(prepareContext(canvas, size), state, paint);
  canvas.toBlob((blob) => download(blob, name), "image/png");
}

/** The plane, and z, which on the page is an element of its own. */
function paintAll(g, state, paint) {
  paint(g);
  const t = createTransform(state.window, state.size);
  const [a, b] = placeOf(state);
  drawDisc(g, t.x(a), t.y(b), 6, state.theme.accent, state.theme.paper, 2.5);
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
