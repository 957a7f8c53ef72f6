/** What is shown at every snapshot: the same test pictures redrawn, the same draws from the prior. */

import { sampleInto } from "../engine/gaussian.js";
import { createImages } from "../engine/images.js";
import { createRandom } from "../engine/random.js";
import { h, setText } from "../shared/dom.js";
import { count, vector } from "../shared/format.js";
import { mark } from "../shared/palette.js";
import { createPicture } from "../shared/picture.js";

const MOST = 10;
const SEED = 0;

export function createTrackedImages(store) {
  const { state } = store;
  const pairs = h("div.strip-of");
  const draws = h("div.strip-of");
  const note = h("p.note");
  const draw = h("p.note", {}, `The same ${MOST} z ~ N(0, I), seed ${SEED}, decoded.`);
  const element = h("section.followed", { "aria-label": "Followed pictures", hidden: true, slot: "beside", "data-testid": "followed" },
    h("div", {}, h("h2", {}, "The same pictures"), note, pairs), h("div", {}, h("h2", {}, "From the prior"), draw, draws));
  let cells = [];
  let samples = [];
  let source = ""; // whose pictures the cells hold
  let shown = 0; // the newest paint that was asked for

  store.on(["run", "snapshot", "theme"], paint);
  store.on(["run", "saved", "compare", "snapshot", "step", "followed"], trace);

  async function paint() {
    const { run, snapshot, snapshotFacts: facts, theme } = state;
    element.hidden = !snapshot || !theme;
    if (element.hidden) return;
    const mine = ++shown;
    const here = await Promise.all([state.snapshots.codes(run, snapshot), state.snapshots.model(run, snapshot)]).catch(() => null);
    if (!here || mine !== shown || run !== state.run) return; // where a snapshot cannot be loaded the map has said so
    const [codes, model] = here;
    if (source !== facts.images) rebuild(facts, codes, theme);
    setText(note, `x, and below it the mean of p(x|z) at the mean of q(z|x), at step ${count(snapshot.step)}. Their trails are on the map.`);
    for (const cell of cells) {
      const at = cell.index * codes.D;
      cell.after.show(model.decode(codes.mu.subarray(at, at + codes.D)), facts.image_shape);
    }
    for (const { z, picture } of samples) picture.show(model.decode(z), facts.image_shape);
  }

  function rebuild(facts, codes, theme) {
    source = facts.images;
    const followed = trackedImagesIn(codes);
    const images = createImages(facts);
    cells = followed.indices.map((index) => createCell(index, codes.label[index], facts, images, theme, () => pick({ x: index })));
    pairs.replaceChildren(...cells.map((cell) => cell.element));
    samples = fromPrior(codes.D).map((z, n) => createSample(z, n, () => pick({ z })));
    draws.replaceChildren(...samples.map((sample) => sample.element));
    store.set({ followed });
  }

  /** Show it on the map; again when it was shown before and the visitor has moved on. */
  const pick = (what) => store.set({ picked: { ...what, at: Date.now() } });

  /** The trajectories up to the snapshot that is shown; the codes of each snapshot are fetched once. */
  async function trace() {
    const { run, followed, snapshot } = state;
    if (!run || !followed || !snapshot || state.compare.length) return;
    const snapshots = state.records.snapshots(run).filter(({ step }) => step <= snapshot.step);
    const codes = await Promise.all(snapshots.map((each) => state.snapshots.codes(run, each).catch(() => null)));
    if (run === state.run && followed === state.followed && snapshot === state.snapshot) store.set({ trajectories: trajectoriesOf(codes.filter(Boolean), followed) });
  }
  return { element };
}

export function trajectoriesOf(path, { indices, labels }) {
  const row = (values, D, index) => values.subarray(index * D, (index + 1) * D);
  return indices.map((index, n) => ({
    label: labels[n],
    points: path.map(({ mu, D }) => row(mu, D, index)),
    logvar: path.length ? row(path.at(-1).logvar, path[0].D, index) : null,
  }));
}

/** The first picture of each class, then the first ones, as far as there is room. */
export function trackedImagesIn({ label, count: n }) {
  const firsts = [...new Set(label)].sort((a, b) => a - b).map((k) => label.indexOf(k));
  const others = Array.from({ length: Math.min(n, MOST) }, (_, index) => index).filter((index) => !firsts.includes(index));
  const indices = [...firsts, ...others].slice(0, MOST);
  return { indices, labels: indices.map((index) => label[index]) };
}

/** The same z ~ N(0, I) at every snapshot. */
export function fromPrior(D) {
  const random = createRandom(SEED);
  const zeros = new Float32Array(D);
  return Array.from({ length: MOST }, () => Array.from(sampleInto(zeros, zeros, random, new Float32Array(D))));
}

function createCell(index, label, { classes, image_shape: shape }, images, theme, onclick) {
  const name = classes[label] ?? `image ${index}`;
  const before = createPicture(`Test image ${index}: ${name}`);
  const after = createPicture("Its reconstruction", { "data-testid": "reconstruction" });
  images.load(index).then((bytes) => before.show(bytes, shape), () => before.clear());
  const key = h("span.key.dot", { style: `--key: ${mark(label, theme.dark).colour}` }, name);
  const element = h("button.sample.cell", { type: "button", onclick, title: `Show test image ${index} and its q(z|x) on the map` }, before.canvas, after.canvas, key);
  return { element, after, index };
}

function createSample(z, n, onclick) {
  const picture = createPicture(`Draw ${n + 1} from the prior`);
  const element = h("button.sample.cell", { type: "button", onclick, title: `z = ${vector(z.slice(0, 6))}: show it on the map` }, picture.canvas);
  return { z, picture, element };
}
