/** A fixed set of test pictures, followed from the first moment to the last: where each lies, and how it is redrawn. */

import { h, setText } from "../../latent_pad/static/dom.js";
import { createImages } from "../../latent_pad/static/engine/images.js";
import { count } from "../../latent_pad/static/format.js";
import { mark } from "../../latent_pad/static/palette.js";
import { createPicture } from "../../latent_pad/static/picture.js";

const MOST = 10;

export function createFollowed(store) {
  const { state } = store;
  const list = h("div.followed-list");
  const note = h("p.note");
  const element = h("section.panel.followed", { "aria-label": "Followed pictures", hidden: true, "data-testid": "followed" },
    h("header", {}, h("h2", {}, "Followed from start to end")), note, list);
  let cells = [];
  let source = ""; // whose pictures the cells hold
  let shown = 0; // the newest paint that was asked for

  store.on(["run", "moment", "theme"], paint);
  store.on(["run", "saved", "compare", "moment", "step"], trace);

  async function paint() {
    const { run, moment, momentFacts: facts, theme } = state;
    element.hidden = !moment || !theme;
    if (element.hidden) return;
    const mine = ++shown;
    const [codes, model] = await Promise.all([state.moments.codes(run, moment), state.moments.model(run, moment)]);
    if (mine !== shown || run !== state.run) return;
    if (source !== facts.images) rebuild(facts, codes, theme);
    setText(note, `The same ${cells.length} test pictures at every moment, here at step ${count(moment.step)}: x, and below it the mean of p(x|z) at the mean of q(z|x). Their trails are on the map.`);
    for (const cell of cells) {
      const at = cell.index * codes.D;
      cell.after.show(model.decode(codes.mu.subarray(at, at + codes.D)), facts.image_shape);
    }
  }

  function rebuild(facts, codes, theme) {
    source = facts.images;
    const followed = choose(codes);
    const images = createImages(facts);
    cells = followed.map((index) => createCell(index, codes.label[index], facts, images, theme, () => store.set({ picked: { x: index, at: Date.now() } })));
    list.replaceChildren(...cells.map((cell) => cell.element));
    store.set({ followed: { images: source, indices: followed, labels: followed.map((index) => codes.label[index]) } });
  }

  /** The trails up to the moment that is shown; the codes of each moment are fetched once, one after another. */
  async function trace() {
    const { run, followed } = state;
    if (!run || !followed || !state.moment || state.compare.length) return;
    const path = [];
    for (const moment of state.records.moments(run).filter(({ step }) => step <= state.moment.step)) {
      const codes = state.moments.codesNow(run, moment) ?? (await state.moments.codes(run, moment).catch(() => null));
      if (run !== state.run || followed !== state.followed) return;
      if (codes) path.push({ moment, codes });
    }
    store.set({ trails: followed.indices.map((index, n) => ({ label: followed.labels[n], points: path.map(({ codes: { mu, D } }) => mu.subarray(index * D, (index + 1) * D)) })) });
  }
  return { element };
}

/** The first picture of each class, then the first ones, as far as there is room. */
function choose({ label, count: n }) {
  const firsts = [...new Set(label)].sort((a, b) => a - b).map((k) => label.indexOf(k));
  const others = Array.from({ length: Math.min(n, MOST) }, (_, index) => index).filter((index) => !firsts.includes(index));
  return [...firsts, ...others].slice(0, MOST);
}

function createCell(index, label, { classes, image_shape: shape }, images, theme, onclick) {
  const name = classes[label] ?? `image ${index}`;
  const before = createPicture(`Test image ${index}: ${name}`);
  const after = createPicture(`Its reconstruction`, { "data-testid": "reconstruction" });
  images.load(index).then((bytes) => before.show(bytes, shape), () => before.clear());
  const key = h("span.key.dot", { style: `--key: ${mark(label, theme.dark).colour}` }, name);
  const element = h("button.sample.cell", { type: "button", onclick, title: `Choose test image ${index} on the map` }, before.canvas, after.canvas, key);
  return { element, after, index };
}
