/**
 * The training as an animated GIF: for each snapshot the map with its trajectories, the ELBO, the tracked images and
 * the draws.
 */

import { count } from "../shared/format.js";
import { encodeGif } from "../shared/gif.js";
import { drawPicture } from "../shared/picture.js";
import { paintScene, thumbnailScene } from "./thumbnail_map.js";
import { fromPrior, trackedImagesIn, trajectoriesOf } from "./tracked_images.js";

const WIDTH = 760;
const HEIGHT = 480;
const MAP = { x: 16, y: 44, side: 420 };
const RIGHT = { x: 456, width: 288 };
const FRAME = 12; // hundredths of a second
const LAST = 200;

/**
 * @param {Object} state  of the live view
 * @param {(words: string) => void} onProgress
 * @returns {Promise<Blob>} an animated GIF
 */
export async function makeTrainingGif({ run, records, snapshots, theme }, onProgress) {
  const all = records.snapshots(run);
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const g = canvas.getContext("2d", { willReadFrequently: true });
  const facts = await snapshots.facts(run, all.at(-1));
  const codes = await Promise.all(all.map((snapshot) => snapshots.codes(run, snapshot)));
  const followed = trackedImagesIn(codes[0]);
  const home = Math.max(...codes.map((each) => thumbnailScene(facts, each).home));
  const draws = fromPrior(codes[0].D);
  const frames = [];
  for (const [n, snapshot] of all.entries()) {
    onProgress(`frame ${n + 1} of ${all.length}`);
    const model = await snapshots.model(run, snapshot);
    const scene = { ...thumbnailScene(facts, codes[n]), home, trajectories: trajectoriesOf(codes.slice(0, n + 1), followed), theme };
    paintFrame(g, { scene, theme, snapshot, title: records.status(run).title, elbo: records.column(run, "elbo"), test: records.column(run, "test.elbo") });
    const means = followed.indices.map((index) => codes[n].mu.subarray(index * codes[n].D, (index + 1) * codes[n].D));
    paintPictures(g, theme, model, facts.image_shape, means, draws);
    frames.push(g.getImageData(0, 0, WIDTH, HEIGHT).data);
    await new Promise((resolve) => setTimeout(resolve)); // lets the page react
  }
  onProgress("writing the file");
  await new Promise((resolve) => setTimeout(resolve));
  const delays = frames.map((_, n) => (n === frames.length - 1 ? LAST : FRAME));
  return new Blob([encodeGif(frames, WIDTH, HEIGHT, delays)], { type: "image/gif" });
}

function paintFrame(g, { scene, theme, snapshot, title, elbo, test }) {
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, WIDTH, HEIGHT);
  g.fillStyle = theme.ink;
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
  g.font = `600 17px ${theme.font}`;
  g.fillText(title, MAP.x, 28, 420);
  g.textAlign = "right";
  g.fillText(`step ${count(snapshot.step)}`, WIDTH - 16, 28);
  g.save();
  g.translate(MAP.x, MAP.y);
  g.beginPath();
  g.rect(0, 0, MAP.side, MAP.side);
  g.clip();
  paintScene(g, scene, MAP.side);
  g.restore();
  paintCurve(g, theme, snapshot, elbo, test);
}

/** The ELBO so far as a line, the test figures as dots, over the range of the whole training. */
function paintCurve(g, theme, { step }, elbo, test) {
  const { x: left, width } = RIGHT;
  const [top, height] = [66, 150];
  caption(g, theme, "ELBO, nats: train, and test as dots", left, 58);
  const values = [...elbo.value, ...test.value].sort((a, b) => a - b);
  if (!values.length) return;
  const low = values[Math.floor(0.04 * values.length)]; // the first steps would flatten all that follows
  const high = values.at(-1);
  const end = Math.max(1, elbo.step.at(-1) ?? 1);
  const px = (at) => left + (at / end) * width;
  const py = (value) => top + height - Math.max(-0.05, (value - low) / (high - low || 1)) * height;
  g.strokeStyle = theme.line;
  g.lineWidth = 1;
  g.strokeRect(left, top, width, height);
  g.save();
  g.beginPath();
  g.rect(left, top, width, height);
  g.clip();
  g.strokeStyle = g.fillStyle = theme.accent;
  g.lineWidth = 2;
  g.beginPath();
  elbo.step.forEach((at, n) => at <= step && g[n ? "lineTo" : "moveTo"](px(at), py(elbo.value[n])));
  g.stroke();
  test.step.forEach((at, n) => {
    if (at > step) return;
    g.beginPath();
    g.arc(px(at), py(test.value[n]), 3, 0, 2 * Math.PI);
    g.fill();
  });
  g.restore();
}

function paintPictures(g, theme, model, shape, means, draws) {
  caption(g, theme, "the same test pictures, redrawn", RIGHT.x, 240);
  means.forEach((z, n) => paintPicture(g, model.decode(z), shape, n, 246));
  caption(g, theme, "the same draws from the prior", RIGHT.x, 376);
  draws.forEach((z, n) => paintPicture(g, model.decode(z), shape, n, 382));
}

function caption(g, theme, text, x, y) {
  g.fillStyle = theme.ink;
  g.font = `500 12.5px ${theme.font}`;
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
  g.fillText(text, x, y);
}

/** Picture n of two rows of five. */
function paintPicture(g, values, shape, n, top) {
  const [side, row] = top > 300 ? [42, 46] : [56, 60];
  drawPicture(g, values, shape, RIGHT.x + (n % 5) * 58, top + Math.floor(n / 5) * row, side, side);
}
