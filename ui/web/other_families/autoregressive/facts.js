/** log p(x) of the picture, and how the chosen pixel was made. */

import { button, h, setText } from "../../shared/dom.js";
import { count, fixed } from "../../shared/format.js";
import { PIXELS, SIDE } from "./writing.js";

export function createFacts(store) {
  const { state } = store;
  const [total, bits] = ["writer-total", "writer-bits"].map((name) => h("strong", { "data-testid": name }));
  const pixel = h("p", { "data-testid": "pixel-words" });
  const turn = button("", () => store.set({ flip: state.flip ? 0 : 1, writing: false, place: PIXELS }), { "data-testid": "flip" });
  const what = h("p.note", { "data-testid": "flip-words" });
  const element = h("section.facts-of-family.pixel-facts", { "aria-label": "log p(x)" },
    h("h2", {}, "log p(x) is a sum, and exact"),
    h("p", {}, "log p(x) = ", total, " nats, which is ", bits, " bits a pixel."),
    pixel, h("div.row", {}, turn), what);

  store.on(["written", "pixel", "flip"], () => {
    const { written } = state;
    if (!written) return;
    setText(total, fixed(written.total, 2));
    setText(bits, fixed(-written.total / Math.LN2 / PIXELS, 3));
    const chosen = state.pixel - 1;
    turn.hidden = chosen < 0;
    setText(pixel, chosen < 0 ? "Press a pixel to see how it was made." : pixelWords(state, chosen));
    if (chosen < 0) return setText(what, "");
    const { x, before } = written;
    setText(turn, before ? "Turn it back" : `What if this pixel were ${x[chosen] ? "black" : "white"}?`);
    setText(what, before ? flipWords(state, chosen) : "");
  });
  return { element };
}

const colour = (value) => (value ? "white" : "black");

function pixelWords({ written, picture }, pixel) {
  const { x, on, logs, place, u, before } = written;
  const where = `Pixel ${count(place[pixel] + 1)} of ${count(PIXELS)}, row ${Math.floor(pixel / SIDE) + 1}, column ${(pixel % SIDE) + 1}`;
  const p = `p(white | the ${count(place[pixel])} before) = ${fixed(on[pixel], 3)}`;
  const made = before ? `turned to ${colour(x[pixel])}` : picture ? `it is ${colour(x[pixel])}` : `a random number between 0 and 1 was ${fixed(u[pixel], 3)}, so it is ${colour(x[pixel])}`;
  return `${where}: ${p}; ${made}. It adds ${fixed(logs[pixel], 3)} nats.`;
}

function flipWords({ written: { x, before, place, total }, picture }, pixel) {
  const changed = count(x.reduce((sum, value, n) => sum + (n !== pixel && value !== before.x[n] ? 1 : 0), 0));
  const after = count(PIXELS - 1 - place[pixel]);
  const what = picture
    ? `The ${after} pixels after it are drawn by the model: ${changed} of them differ from the test picture (dots).`
    : `${changed} of the ${after} pixels after it changed (dots): the random numbers are the same, so this one pixel did it.`;
  return `${what} Those before it stay. log p(x) was ${fixed(before.total, 2)} and is ${fixed(total, 2)} nats.`;
}
