/** The pictures of all darts of the present aim, in the order of the throws, as large as the wall allows; beside them x. */

import { prepareContext } from "../../shared/canvas.js";
import { h } from "../../shared/dom.js";
import { fixed, plural } from "../../shared/format.js";
import { toRgba } from "../../shared/picture.js";
import { colourOf } from "../../shared/proposal_styles.js";
import { isMine } from "./rounds.js";

const TALLEST = 340; // pixels of the wall
const SIDES = [24, 112]; // pixels of one picture, least and most
const GAP = 4;
const COUNTS = 0.01; // the share from which a picture has a frame
const WRITTEN = 0.1; // and from which it is written on it
const BUDGET_MS = 8; // of a frame, for decoding

export function createWall(store) {
  const { state } = store;
  const canvas = h("canvas", { role: "img", "aria-label": "Pictures of the darts" });
  const note = h("p.note");
  const element = h("section.wall", { "aria-label": "Pictures of the darts" }, canvas, note);
  const observer = new ResizeObserver(([{ contentRect }]) => store.set({ wallWidth: Math.floor(contentRect.width) }));
  observer.observe(element);
  let decoded = { prior: [], encoder: [] }; // a small canvas for each throw that was shown
  let frame = 0;
  let missing = false; // whether pictures are still to be decoded

  store.on(["throws", "model"], () => (decoded = { prior: [], encoder: [] }));
  store.on(["throws", "model", "rounds", "aim", "wallWidth", "theme", "room"], work);

  /** Decode what is missing for as long as a frame allows, paint, and go on in the next one. */
  function work() {
    cancelAnimationFrame(frame);
    const { model, throws, rounds, aim, wallWidth, theme } = state;
    if (!model || !rounds || !wallWidth || !theme) return;
    const { thrown } = rounds[aim];
    const pictures = decoded[aim];
    const end = performance.now() + BUDGET_MS;
    while (pictures.length < thrown && performance.now() < end) pictures.push(pictureOf(model, throws[aim].z, pictures.length));
    paintWall(canvas, pictures.slice(0, thrown), state);
    missing = pictures.length < thrown;
    if (missing) frame = requestAnimationFrame(work);
    canvas.setAttribute("aria-label", thrown ? `Pictures of ${plural(thrown, "dart")}` : "No dart is thrown yet");
    note.textContent = thrown ? `Each dart's picture: the mean of p(x|z) at its z, in the order of the throws. A frame: it has at least ${fixed(100 * COUNTS, 0)} % of the sum of the weights.` : "";
  }

  function stop() {
    cancelAnimationFrame(frame);
    observer.disconnect();
  }
  return { element, works: () => missing, stop };
}

function pictureOf(model, z, k) {
  const [, H, W] = model.imageShape;
  const picture = Object.assign(document.createElement("canvas"), { width: W, height: H });
  const image = new ImageData(W, H);
  toRgba(model.decode(z.subarray(k * model.latentDim, (k + 1) * model.latentDim)), model.imageShape, 255, image.data);
  picture.getContext("2d").putImageData(image, 0, 0);
  return picture;
}

/** As many columns as make the pictures largest. @returns {{side: number, columns: number}} */
function layOut(pictures, width) {
  for (let side = SIDES[1]; side > SIDES[0]; side--) {
    const columns = Math.floor((width + GAP) / (side + GAP));
    if (columns > 0 && Math.ceil(pictures / columns) * (side + GAP) <= TALLEST) return { side, columns };
  }
  return { side: SIDES[0], columns: Math.max(1, Math.floor((width + GAP) / (SIDES[0] + GAP))) };
}

function paintWall(canvas, pictures, { rounds, aim, wallWidth, theme, room }) {
  const { side, columns } = layOut(rounds[aim].thrown, wallWidth);
  const height = Math.max(1, Math.ceil(rounds[aim].thrown / columns) * (side + GAP));
  canvas.style.height = `${height}px`;
  const g = prepareContext(canvas, wallWidth, height);
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, wallWidth, height);
  g.imageSmoothingEnabled = false;
  pictures.forEach((picture, k) => {
    const [x, y] = [(k % columns) * (side + GAP), Math.floor(k / columns) * (side + GAP)];
    g.drawImage(picture, x + 2, y + 2, side - 4, side - 4);
    const share = rounds[aim].share(k);
    if (share >= COUNTS) frameAt(g, x, y, side, colourOf(aim, theme));
    if (share >= WRITTEN && side > 40) write(g, theme, `${fixed(100 * share, 0)} %`, x + side / 2, y + side - 10);
    if (isMine(room, rounds) && room.aim === aim && room.mine === k) frameAt(g, x, y, side, theme.accent);
  });
}

function frameAt(g, x, y, side, colour) {
  g.strokeStyle = colour;
  g.lineWidth = 3;
  g.strokeRect(x + 1.5, y + 1.5, side - 3, side - 3);
}

function write(g, theme, text, x, y) {
  g.font = `600 12px ${theme.font}`;
  g.textAlign = "center";
  g.textBaseline = "middle";
  const wide = g.measureText(text).width + 8;
  g.fillStyle = theme.paper;
  g.fillRect(x - wide / 2, y - 8, wide, 16);
  g.fillStyle = theme.ink;
  g.fillText(text, x, y);
}
