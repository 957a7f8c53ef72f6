/** Downloads of a task: a movie, the strips, the codes, and a script that makes them again. */

import { button, download, h, setText } from "../shared/dom.js";
import { encodeGif } from "../shared/gif.js";
import { encodeMp4 } from "../shared/mp4.js";
import { writeScript } from "./export_script.js";
import { canExport, exportablePathsOf } from "./exportable_paths.js";
import { createMovieFrames, paintStrip } from "./movie_frames.js";

const FILES = [
  ["GIF", "What moves here, as an animated GIF", (state) => gif(state), "image/gif", "gif"],
  ["MP4", "What moves here, as a film", (state) => encodeMp4(createMovieFrames(exportablePathsOf(state), state)), "video/mp4", "mp4"],
  ["PNG", "All frames as one picture", (state) => png(state), "image/png", "png"],
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

  async function keep(save, label, make, type, ending) {
    save.disabled = true;
    setText(save, "…");
    say("");
    try {
      await new Promise((resolve) => setTimeout(resolve)); // the button shows that it works
      const content = await make(state);
      download(content instanceof Blob ? content : new Blob([content], { type }), `${state.info.id}-${state.task}.${ending}`);
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

  store.on(["task", "ways", "stopCodes", "codes", "chosen", "direction", "dimension", "factor"], () => {
    const can = canExport(state);
    for (const save of buttons) save.disabled = !can;
  });
  return { element: h("div.saving", { role: "group", "aria-label": "Save" }, h("span.saves", {}, ...buttons), h("span.unit", { "data-testid": "save-precision" }, "Codes of test images are kept in half precision: about three digits."), message) };
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

const png = (state) => new Promise((resolve) => paintStrip(exportablePathsOf(state), state).toBlob(resolve, "image/png"));

/** One row a frame of each take. */
function csv(state) {
  const D = state.info.latent_dim;
  const header = ["path", "frame", ...Array.from({ length: D }, (_, j) => `z${j + 1}`), "log_pz", "norm", "step_z", "step_pictures", "nearest_test_image", "nearest_test_distance"];
  const rows = exportablePathsOf(state).flatMap(({ id, frames: { z, logPz, norm, latentStep, step, nearest } }) =>
    z.map((code, k) => [id, k + 1, ...code, logPz[k], norm[k], latentStep[k], step[k], nearest[k].index, nearest[k].distance]));
  return [header, ...rows].map((row) => row.join(",")).join("\r\n") + "\r\n";
}
