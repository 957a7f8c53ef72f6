/** The whole VAE in one line, with the chosen x in it: x, encoder, q(z|x), one draw z, decoder, the picture of z. */

import { button, drawing, h, setText } from "../../shared/dom.js";
import { vector } from "../../shared/format.js";
import { createPicture } from "../../shared/picture.js";

const NARROWS = "M1 1L39 16V48L1 63Z"; // of 40 × 64: from many numbers to few
const WIDENS = "M1 16L39 1V63L1 48Z";
const MOST = 3; // numbers of z that are written out
const DIGITS = 3; // after the point: two draws from a narrow q differ in the third

export function createVaeDiagram(store, session) {
  const { state } = store;
  const [input, output] = [createPicture("x"), createPicture("The decoded draw")];
  const [pixels, mean, deviation, draw] = Array.from({ length: 4 }, () => h("output"));
  const again = button("Another z", () => session.drawAgain("posterior"), { title: "Draw another z from q(z|x)" });
  const part = (name, ...content) => h("div.part", {}, ...content, h("p", {}, h("strong", {}, name)));
  const line = (name, output) => h("p.line", {}, h("span.unit", {}, name), output);
  const network = (name, shape) => h("div.network", {}, drawing("0 0 40 64", shape), h("p", {}, name));
  const empty = h("p.note", {}, "Click a dot: this line then shows the way of its picture through both networks.");
  const flow = h("div.flow", {},
    part("x", input.canvas, pixels),
    network("encoder", NARROWS),
    part("q(z|x)", line("mean", mean), line("sd", deviation), line("z, one draw", draw), again),
    network("decoder", WIDENS),
    part("mean of p(x|z)", output.canvas, h("span.unit", {}, "drawn from z alone")));
  const element = h("section.panel.diagram", { "aria-label": "x through the VAE" }, h("h2", {}, "x through the VAE"), empty, flow);

  store.on(["q", "input", "seed", "model"], () => {
    const { model, q, input: x, posteriorDraw } = state;
    const known = !!(model && q && x && posteriorDraw);
    empty.hidden = known;
    again.disabled = !known;
    if (!known) return clear();
    input.show(x, model.imageShape);
    output.show(model.decode(posteriorDraw), model.imageShape);
    setText(pixels, `${x.length.toLocaleString("en")} numbers`);
    setText(mean, short(q.mu));
    setText(deviation, short(q.logvar.map((value) => Math.exp(0.5 * value))));
    setText(draw, short(posteriorDraw));
  });
  function clear() {
    for (const picture of [input, output]) picture.clear();
    for (const output of [pixels, mean, deviation, draw]) setText(output, "–");
  }
  return { element };
}

/** The first numbers of a vector, and how many more there are. */
function short(values) {
  const more = values.length - MOST;
  return more > 0 ? `${vector(values.slice(0, MOST), DIGITS)} and ${more} more` : vector(values, DIGITS);
}
