/** What a visitor can take home: the film, the strips, the codes, and a script that makes them again. */

import { button, download, h, setText } from "../../latent_pad/static/dom.js";
import { encodeGif } from "../../live_run/static/gif.js";
import { toRgba } from "../../latent_pad/static/picture.js";
import { NAMES, colourOf } from "./look.js";
import { scriptOf } from "./script.js";
import { KINDS } from "./ways.js";

const SIDE = 168; // pixels of a picture in the film, about: it is scaled by a whole number
const [GAP, HEAD] = [14, 30];

export function createSaving(store) {
  const { state } = store;
  const files = [
    ["GIF", "The three paths side by side as an animated GIF", () => film(state), "image/gif", "gif"],
    ["PNG", "The filmstrips as one picture", () => strips(state), "image/png", "png"],
    ["CSV", "The codes and figures of every frame", () => csv(state), "text/csv", "csv"],
    ["Script", "A Python script that makes the same paths with vae_core", () => scriptOf(state), "text/x-python", "py"],
  ];
  const buttons = files.map(([label, title, make, type, ending]) => {
    const save = button(`↓ ${label}`, () => keep(save, label, make, type, ending), { class: "quiet", title, "data-testid": `save-${ending}` });
    return save;
  });

  async function keep(save, label, make, type, ending) {
    save.disabled = true;
    setText(save, "…");
    try {
      await new Promise((resolve) => setTimeout(resolve)); // the button shows that it works
      const content = await make();
      download(content instanceof Blob ? content : new Blob([content], { type }), `${state.info.id}-paths.${ending}`);
    } catch (error) {
      store.set({ problem: `This could not be saved: ${error.message}` });
    }
    setText(save, `↓ ${label}`);
    save.disabled = false;
  }

  store.on(["ways"], () => buttons.forEach((save) => (save.disabled = !state.ways)));
  return { element: h("span.saves", {}, ...buttons) };
}

const ready = ({ ways }) => KINDS.filter((kind) => ways[kind].frames);

function film(state) {
  const { info, theme, frames, speed } = state;
  const kinds = ready(state);
  const [, H, W] = info.image_shape;
  const zoom = Math.max(1, Math.round(SIDE / W));
  const width = GAP + kinds.length * (W * zoom + GAP);
  const height = HEAD + H * zoom + GAP;
  const g = canvasOf(width, height).getContext("2d", { willReadFrequently: true });
  const pictures = Array.from({ length: frames }, (_, k) => {
    g.fillStyle = theme.paper;
    g.fillRect(0, 0, width, height);
    kinds.forEach((kind, n) => {
      const x = GAP + n * (W * zoom + GAP);
      g.fillStyle = colourOf(kind, theme);
      g.font = `600 14px ${theme.font}`;
      g.fillText(NAMES[kind], x, 20, W * zoom);
      put(g, state.ways[kind].frames.pictures[k], info.image_shape, x, HEAD, zoom);
    });
    return g.getImageData(0, 0, width, height).data;
  });
  const delay = Math.max(2, Math.round(100 / speed));
  return encodeGif(pictures, width, height, pictures.map((_, k) => (k === 0 || k === frames - 1 ? 5 * delay : delay)));
}

function strips(state) {
  const { info, frames } = state;
  const [, H, W] = info.image_shape;
  const kinds = ready(state);
  const zoom = Math.max(1, Math.min(3, Math.floor(8000 / (W * frames))));
  const canvas = canvasOf(frames * W * zoom, kinds.length * H * zoom);
  const g = canvas.getContext("2d");
  kinds.forEach((kind, row) => state.ways[kind].frames.pictures.forEach((picture, k) => put(g, picture, info.image_shape, k * W * zoom, row * H * zoom, zoom)));
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width, height });

function put(g, values, shape, x, y, zoom) {
  const [, H, W] = shape;
  const image = new ImageData(W, H);
  toRgba(values, shape, 255, image.data);
  const small = canvasOf(W, H);
  small.getContext("2d").putImageData(image, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(small, x, y, W * zoom, H * zoom);
}

/** One row a frame of each path. */
function csv(state) {
  const D = state.info.latent_dim;
  const header = ["path", "frame", ...Array.from({ length: D }, (_, j) => `z${j + 1}`), "log_pz", "norm", "step_z", "step_pictures", "nearest_test_image", "nearest_test_distance"];
  const rows = ready(state).flatMap((kind) => {
    const { z, logPz, norm, latentStep, step, nearest } = state.ways[kind].frames;
    return z.map((code, k) => [kind, k + 1, ...code, logPz[k], norm[k], latentStep[k], step[k], nearest[k].index, nearest[k].distance]);
  });
  return [header, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
}
