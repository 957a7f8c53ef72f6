/** Downloads of a tab: a movie, the strips as a figure, the codes, and a script that makes them again. */

import { button, download, h, setText } from "../shared/dom.js";
import { encodeGif } from "../shared/gif.js";
import { encodeMp4 } from "../shared/mp4.js";
import { drawPicture } from "../shared/picture.js";
import { createSaveButton } from "../shared/save_dialog.js";
import { writeScript } from "./export_script.js";
import { canExport, exportablePathsOf, movieOrder } from "./exportable_paths.js";
import { figureOfStrips } from "./strip_figure.js";

const FILES = [
  ["GIF", "What moves here, as an animated GIF", (state) => gif(state), "image/gif", "gif"],
  ["MP4", "What moves here, as a film", (state) => encodeMp4(createMovieFrames(exportablePathsOf(state), state)), "video/mp4", "mp4"],
  ["CSV", "The codes and figures of every frame; codes of test images are kept in half precision", (state) => csv(state), "text/csv", "csv"],
  ["Script", "A Python script that makes the same codes and pictures with vae_core", writeScript, "text/x-python", "py"],
];

export function createExportPanel(store) {
  const { state } = store;
  const message = h("p.message", { role: "alert", hidden: true, "data-testid": "save-problem" });
  const buttons = FILES.map(([label, title, make, type, ending]) => {
    const save = button(`↓ ${label}`, () => keep(save, label, make, type, ending), { class: "quiet", title, "data-testid": `save-${ending}` });
    return save;
  });
  const figure = createSaveButton("↓ Figure", "the strips", () => figureOfStrips(exportablePathsOf(state), state));

  async function keep(save, label, make, type, ending) {
    save.disabled = true;
    setText(save, "…");
    say("");
    try {
      await new Promise((resolve) => setTimeout(resolve)); // the button shows that it works
      const content = await make(state);
      download(content instanceof Blob ? content : new Blob([content], { type }), `${state.info.id}-${state.tab}.${ending}`);
    } catch (error) {
      say(error.message);
    }
    setText(save, `↓ ${label}`);
    save.disabled = !canExport(state);
  }

  function say(problem) {
    message.hidden = !problem;
    setText(message, problem);
  }

  store.on(["tab", "paths", "stopCodes", "codes", "chosen", "direction", "dimension", "factor"], () => {
    const can = canExport(state);
    for (const save of [...buttons, figure]) save.disabled = !can;
  });
  return { element: h("div.saving", { role: "group", "aria-label": "Save" }, h("span.saves", {}, ...buttons, figure), h("span.unit", { "data-testid": "save-precision" }, "Codes of test images are kept in half precision: about three digits."), message) };
}

function gif(state) {
  const { canvas, paint, seconds } = createMovieFrames(exportablePathsOf(state), state);
  const g = canvas.getContext("2d");
  const pictures = seconds.map((_, n) => {
    paint(n);
    return g.getImageData(0, 0, canvas.width, canvas.height).data;
  });
  return encodeGif(pictures, canvas.width, canvas.height, seconds.map((each) => Math.max(2, Math.round(100 * each))));
}

/** One row a frame of each take. */
function csv(state) {
  const D = state.info.latent_dim;
  const header = ["path", "frame", ...Array.from({ length: D }, (_, j) => `z${j + 1}`), "log_pz", "norm", "step_z", "step_pictures", "nearest_test_image", "nearest_test_distance"];
  const rows = exportablePathsOf(state).flatMap(({ id, frames: { z, logPz, norm, latentStep, step, nearest } }) =>
    z.map((code, k) => [id, k + 1, ...code, logPz[k], norm[k], latentStep[k], step[k], nearest[k].index, nearest[k].distance]));
  return [header, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
}

const SIDE = 168; // pixels of a picture in the movie, about: it is scaled by a whole number
const MOST = 1100; // pixels of the whole movie across, about
const [GAP, HEAD, FEWEST] = [14, 30, 40];
const HOLD = 5; // times as long, at both ends

/**
 * @param {import("./exportable_paths.js").Take[]} takes
 * @returns {{canvas: HTMLCanvasElement, paint: (n: number) => void, seconds: number[]}} `paint` puts frame n of the movie on
 *   the canvas, whose sides are even numbers; how long each frame stays
 */
function createMovieFrames(takes, state) {
  const { info, theme, speed } = state;
  const [, H, W] = info.image_shape;
  const columns = takes.length <= 4 ? takes.length : Math.ceil(Math.sqrt(1.6 * takes.length));
  const most = Math.max(FEWEST, Math.min(SIDE, MOST / columns));
  const zoom = Math.max(1, Math.round(most / W));
  const [wide, high] = [W * zoom + GAP, H * zoom + HEAD];
  const even = (value) => value + (value % 2);
  const canvas = canvasOf(even(GAP + columns * wide), even(Math.ceil(takes.length / columns) * high + GAP));
  const g = canvas.getContext("2d", { willReadFrequently: true });
  const order = movieOrder(state, takes[0].frames.z.length);

  function paint(n) {
    g.fillStyle = theme.paper;
    g.fillRect(0, 0, canvas.width, canvas.height);
    takes.forEach(({ name, colour, frames }, at) => {
      const [x, y] = [GAP + (at % columns) * wide, Math.floor(at / columns) * high];
      g.fillStyle = colour ?? theme.ink;
      g.font = `600 14px ${theme.font}`;
      g.fillText(name, x, y + 20, W * zoom);
      drawPicture(g, frames.pictures[order[n]], info.image_shape, x, y + HEAD, W * zoom, H * zoom);
    });
  }

  const isEnd = (k) => k === 0 || k === takes[0].frames.z.length - 1;
  return { canvas, paint, seconds: order.map((k) => (isEnd(k) ? HOLD : 1) / speed) };
}

const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width, height });
