/** Downloads: the decoded picture, and the numbers of the view. */

import { kl, logPrior } from "../engine/gaussian.js";
import { download } from "../shared/dom.js";
import { toRgba } from "../shared/picture.js";
import { conventionOf } from "./panels/selected_x.js";

const SIDE = 560; // pixels, about: the picture is scaled by a whole number

export function savePicture({ model, z, info }) {
  if (!model || !z) return;
  const [, H, W] = model.imageShape;
  const small = Object.assign(document.createElement("canvas"), { width: W, height: H });
  const image = new ImageData(W, H);
  toRgba(model.decode(z), model.imageShape, 255, image.data);
  small.getContext("2d").putImageData(image, 0, 0);
  const scale = Math.max(1, Math.round(SIDE / W));
  const large = Object.assign(document.createElement("canvas"), { width: W * scale, height: H * scale });
  const g = large.getContext("2d");
  g.imageSmoothingEnabled = false;
  g.drawImage(small, 0, 0, large.width, large.height);
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
